use countersign::Secrets;

fn main() {
    let _ = Secrets::default();
}
