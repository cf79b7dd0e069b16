//! The examples at the end of each help. The variable `S` holds the secret.

pub(super) const VERIFY: &str = "\
Examples, with the secret in the variable S:
  countersign verify --provider github --secret-env S \\
    --signature 'sha256=…' body.json
  countersign verify --provider stripe --secret-env S \\
    --request captured.http --at 1768480200
  countersign verify --header X-Acme --format hex --secret-env S \\
    --signature '…' < body.json";

pub(super) const SIGN: &str = "\
Examples, with the secret in the variable S:
  countersign sign --provider slack --secret-env S body.json
  countersign sign --provider github --secret-env S --value body.json
  countersign sign --provider slack --secret-env S \\
    --curl http://localhost:3000/ body.json | sh";

pub(super) const SEND: &str = "\
Examples, with the secret in the variable S:
  countersign send http://localhost:3000/hook --provider stripe --secret-env S \\
    --event charge.failed --data '{}'
  countersign send http://localhost:3000/hook --provider github --secret-env S \\
    --event push body.json
  countersign send http://localhost:3000/hook --provider slack --secret-env S \\
    -H 'Content-Type: application/x-www-form-urlencoded' form.txt
  countersign send http://localhost:3000/hook --request captured.http
  countersign send --forge help";

pub(super) const PROBE: &str = "\
Examples, with the secret in the variable S:
  countersign probe http://localhost:3000/hook --provider github \\
    --secret-env S --event push --data @push.json
  countersign probe http://localhost:3000/hook --header X-Acme-Signature \\
    --format sha256 --secret-env S --body body.json -H 'X-Acme-Event: paid'";

pub(super) const DIAGNOSE: &str = "\
Examples, with the secret in the variable S:
  countersign diagnose --provider github --secret-env S --request captured.http
  countersign diagnose --provider github --secret-env S \\
    --request page.har --entry 2
  countersign diagnose --provider github --secret-env S \\
    --request headers.json body.json
  countersign diagnose --header X-Acme --format hex --secret-env S \\
    --signature '…' body.json";

pub(super) const LISTEN: &str = "\
Examples, with the secret in the variable S:
  countersign listen --provider github --secret-env S --body
  countersign listen --provider github --secret-env S \\
    --forward http://localhost:3000/hook --save captured
  countersign listen --provider github --secret-env S \\
    --forward http://localhost:3000/hook --ui
  countersign listen --provider github --secret-env S --limit 26214400";

pub(super) const PROVIDERS: &str = "\
Examples:
  countersign providers
  countersign providers slack
  countersign providers x-hub-signature --json";

pub(super) const COMPLETIONS: &str = "\
Example:
  countersign completions zsh > ~/.zfunc/_countersign";

#[cfg(test)]
mod tests {
    use super::*;

    /// The help of a narrow terminal breaks a longer line, and then the shell takes its rest for a command.
    #[test]
    fn an_example_fits_into_80_columns() {
        for text in [VERIFY, SIGN, SEND, PROBE, DIAGNOSE, LISTEN, PROVIDERS, COMPLETIONS] {
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}
