//! The built-in providers without payload types, in one table. A row is a type, its scheme and, if a source describes it, its envelope.
//! The payloads are up to you: declare your own with [`events!`](crate::events), or parse them into the types of another crate.
//!
//! The docs of a provider name the source of its facts, and the dangers of its deliveries. A fact that no source has is left out. If a
//! provider has no envelope here, its events are [`Raw`](crate::Raw), and you parse the body.
//!
//! The route decides which provider a request is verified for. A header never does: `Webhook-Signature` has three formats in this table,
//! and `X-Hub-Signature` has two.

use std::time::Duration;

use crate::{Algorithm, Envelope, KeyEncoding, Part, Provider, Scheme, Timestamp};

/// Makes the types of the table, and `for_each_catalogued!`, the list of them.
///
/// The first token is a dollar sign. The list macro needs it, because a macro cannot write one for another macro.
macro_rules! catalogue {
    ($dollar:tt $(
        $(#[doc = $doc:literal])+
        $provider:ident $name:literal {
            $scheme:expr
            $(, envelope: $envelope:expr)?
            $(, event_header: $event_header:literal)?
            $(, delivery_header: $delivery_header:literal)?
            $(, retry_horizon: $retry_horizon:expr)?
            $(, body_limit: $body_limit:expr)?
            $(, dedupe_by: $dedupe_by:expr)?
            $(,)?
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug)]
            pub struct $provider;

            impl Provider for $provider {
                const NAME: &'static str = $name;
                const SCHEME: Scheme = $scheme;
                $(const ENVELOPE: Option<Envelope> = Some($envelope);)?
                $(const EVENT_HEADER: Option<&'static str> = Some($event_header);)?
                $(const DELIVERY_HEADER: Option<&'static str> = Some($delivery_header);)?
                $(const RETRY_HORIZON: Option<Duration> = Some($retry_horizon);)?
                $(const BODY_LIMIT: usize = $body_limit;)?
                $(const DEDUPE_BY: crate::DedupeBy = $dedupe_by;)?
            }

            /// The payloads are the user's, so the test kit has no sample of them.
            #[cfg(feature = "testing")]
            impl crate::testing::Samples for $provider {
                const SAMPLES: &'static [crate::testing::Sample] = &[];
            }

            #[cfg(feature = "testing")]
            impl Documented for $provider {
                const DOCS: &'static str = concat!($($doc, "\n"),+);
            }

            // A mistake in a row is an error where the table is compiled, and not only where its provider is first used.
            const _: () = <$provider as Provider>::SCHEME.assert_valid();
        )+

        /// The list of the catalogued providers, as `for_each_provider!` has the others: it calls `$callback! { { arguments } Type, … }`.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! for_each_catalogued {
            ($dollar callback:ident $dollar (, $dollar argument:tt)* $dollar (,)?) => {
                $dollar callback! {
                    { $dollar ($dollar argument),* }
                    $($provider,)+
                }
            };
        }
    };
}

/// A provider of the table, with its docs as text. The command prints them.
#[cfg(feature = "testing")]
pub(crate) trait Documented: Provider {
    const DOCS: &'static str;
}

/// The time, a dot and the body: the usual signed text of a header that has the time as an entry.
const TIME_DOT_BODY: &[Part<'_>] = &[Part::Timestamp, Part::Text("."), Part::Body];

/// [Standard Webhooks](https://www.standardwebhooks.com), with these names of its three headers.
const fn standard(signature: &str, id: &str, timestamp: &str) -> Scheme {
    Scheme::base64(signature)
        .list(b' ', "v1,")
        .key(KeyEncoding::Base64 { strip: "whsec_" })
        .timestamp(Timestamp::header(timestamp))
        .signed(&[Part::Id(id), Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body])
}

const STANDARD: Scheme = standard("webhook-signature", "webhook-id", "webhook-timestamp");
const SVIX: Scheme = standard("svix-signature", "svix-id", "svix-timestamp");

/// Svix retries after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h.
const SVIX_HORIZON: Duration = Duration::from_secs((27 * 60 + 35) * 60 + 5);

const MIB: usize = 1024 * 1024;

catalogue! { $
    /// GitHub. It sends `X-Hub-Signature-256: sha256=<hex>`.
    ///
    /// The event type is in a header that nobody signs: read [`Envelope::unsigned_header`]. A hook that sends a form signs the form as it
    /// is. Bodies have up to 25 MiB. GitHub does not retry by itself.
    ///
    /// Source: npm `@octokit/webhooks-methods` 6.0.0; docs.github.com, "Validating webhook deliveries". A published vector is tested.
    GitHub "github" {
        Scheme::sha256("x-hub-signature-256"),
        envelope: Envelope::unsigned_header("x-github-event"),
        delivery_header: "x-github-delivery",
        body_limit: 25 * MIB,
    }

    /// Bitbucket. It sends `X-Hub-Signature: sha256=<hex>`.
    ///
    /// Other providers send SHA-1 in a header of this name. A hook that has no secret sends no signature, and is refused.
    ///
    /// Source: support.atlassian.com, "Manage webhooks". A published vector is tested.
    Bitbucket "bitbucket" {
        Scheme::sha256("x-hub-signature"),
        envelope: Envelope::unsigned_header("x-event-key"),
        delivery_header: "x-request-uuid",
    }

    /// Jira: the webhooks of an administrator, with a secret. It sends `X-Hub-Signature: sha256=<hex>`.
    ///
    /// The hooks of Connect apps and OAuth apps have a JWT instead, and are refused. Jira's page warns that the method in front of the
    /// equals sign may change. Deliveries would then be refused until this provider is changed.
    ///
    /// Source: developer.atlassian.com, Jira webhooks, "Secure admin webhooks".
    Jira "jira" {
        Scheme::sha256("x-hub-signature"),
        envelope: Envelope::flat("webhookEvent"),
        delivery_header: "x-atlassian-webhook-identifier",
    }

    /// Gitea. It sends `X-Gitea-Signature: <hex>`.
    ///
    /// Use the content type JSON: a hook that sends a form, or the method GET, signs the JSON inside and not the body. A hook that has no
    /// secret sends an empty signature, and is refused.
    ///
    /// Source: go-gitea/gitea, `services/webhook/deliver.go`.
    Gitea "gitea" {
        Scheme::hex("x-gitea-signature"),
        envelope: Envelope::unsigned_header("x-gitea-event"),
        delivery_header: "x-gitea-delivery",
    }

    /// Forgejo. It sends `X-Forgejo-Signature: <hex>`.
    ///
    /// Use the content type JSON: a hook that sends a form signs the JSON inside and not the body. A hook that has no secret sends an
    /// empty signature, and is refused.
    ///
    /// Source: Forgejo, `services/webhook`, the headers of the default handler.
    Forgejo "forgejo" {
        Scheme::hex("x-forgejo-signature"),
        envelope: Envelope::unsigned_header("x-forgejo-event"),
        delivery_header: "x-forgejo-delivery",
    }

    /// Gogs. It sends `X-Gogs-Signature: <hex>`.
    ///
    /// Use the content type JSON: a hook that sends a form signs the JSON inside and not the body.
    ///
    /// Source: gogs/gogs, `internal/database/webhook.go`.
    Gogs "gogs" {
        Scheme::hex("x-gogs-signature"),
        envelope: Envelope::unsigned_header("x-gogs-event"),
        delivery_header: "x-gogs-delivery",
    }

    /// Meta: the WhatsApp Cloud API, Messenger and Instagram. It sends `X-Hub-Signature-256: sha256=<hex>`.
    ///
    /// The key is the app secret. Meta also sends `X-Hub-Signature` with SHA-1, which this provider does not read. The bodies are JSON with
    /// `\u` escapes, so only the raw bytes match. A body is a batch (`entry`). A GET with `hub.challenge` comes before the first delivery:
    /// [`handshake::meta`](crate::handshake::meta) answers it.
    ///
    /// Source: fbsamples/whatsapp-api-examples, `signature-validation-with-webhooks-payloads`; WhatsApp/WhatsApp-Nodejs-SDK,
    /// `src/api/webhooks.ts`.
    Meta "meta" {
        Scheme::sha256("x-hub-signature-256"),
        envelope: Envelope::flat("object"),
    }

    /// Shopify. It sends `X-Shopify-Hmac-Sha256: <base64>`.
    ///
    /// The key is the client secret of the app. The app review wants a 401 for a wrong signature. Deliveries of Shopify's newer kind,
    /// Events, have `shopify-hmac-sha256` instead, and are refused. A test that is sent from the Notifications settings is refused too.
    ///
    /// Source: npm `@shopify/shopify-api` 13.1.0, `lib/webhooks`, `lib/utils/hmac-validator`, `lib/types`.
    Shopify "shopify" {
        Scheme::base64("x-shopify-hmac-sha256"),
        envelope: Envelope::unsigned_header("x-shopify-topic"),
        delivery_header: "x-shopify-webhook-id",
        retry_horizon: Duration::from_secs(4 * 60 * 60),
    }

    /// WooCommerce. It sends `X-WC-Webhook-Signature: <base64>`.
    ///
    /// WooCommerce decodes HTML entities in the secret before it signs, so choose a secret that has no `&`, `<`, `>` and no quotes. The
    /// first ping is a form that is not signed, and is refused. Two deliveries of a hook within a second share their delivery id. A plugin
    /// of the shop can change the hash, and such deliveries are refused.
    ///
    /// Source: woocommerce/woocommerce, `plugins/woocommerce/includes/class-wc-webhook.php`.
    WooCommerce "woocommerce" {
        Scheme::base64("x-wc-webhook-signature"),
        envelope: Envelope::unsigned_header("x-wc-webhook-topic"),
        delivery_header: "x-wc-webhook-delivery-id",
    }

    /// Linear. It sends `Linear-Signature: <hex>`, and the time in the body, in `webhookTimestamp`.
    ///
    /// A delivery is accepted for 60 s. The header `Linear-Timestamp` is not signed, and is not read. `webhookId` names the webhook and not
    /// the event. The time is that of the attempt, so a retry with a new time is not known as a repeat. The type names the resource, and
    /// the key `action` of the payload tells what happened to it. Linear's own receiver takes bodies of up to 5 MiB, and so does this one.
    ///
    /// Source: npm `@linear/sdk` 98.0.0, `webhooks`.
    Linear "linear" {
        Scheme::hex("linear-signature")
            .timestamp(Timestamp::body("webhookTimestamp").millis().tolerance(Duration::from_secs(60))),
        envelope: Envelope::flat("type").time("createdAt"),
        delivery_header: "linear-delivery",
        body_limit: 5 * MIB,
    }

    /// Notion. It sends `X-Notion-Signature: sha256=<hex>`.
    ///
    /// The secret is the `verification_token` of a request that comes once. Paste it by hand: that request is signed with the token that it
    /// carries, which proves nothing.
    ///
    /// Source: npm `@notionhq/client` 5.26.0, `webhooks`. A published vector is tested.
    Notion "notion" {
        Scheme::sha256("x-notion-signature"),
        envelope: Envelope::flat("type").id("id").time("timestamp"),
    }

    /// Sentry: the webhooks of an integration. It sends `Sentry-Hook-Signature: <hex>`.
    ///
    /// The key is the client secret of the integration. The event type is the action, such as `created`. Only the header
    /// `Sentry-Hook-Resource` names the resource, and nobody signs it: tell resources apart by the keys of the payload. The header
    /// `Sentry-Hook-Timestamp` is not signed either. Requests of UI components have `Sentry-App-Signature` instead, and are refused.
    ///
    /// Source: getsentry/integration-platform-example; docs.sentry.io, integration platform, "Webhooks".
    Sentry "sentry" {
        Scheme::hex("sentry-hook-signature"),
        envelope: Envelope::new("action", "data"),
        event_header: "sentry-hook-resource",
        delivery_header: "request-id",
    }

    /// PagerDuty: V3 webhooks. It sends `X-PagerDuty-Signature: v1=<hex>,v1=<hex>`, and one match is enough.
    ///
    /// Bodies have up to 2 MiB.
    ///
    /// Source: PagerDuty/go-pagerduty, `webhookv3`. A published vector is tested.
    PagerDuty "pagerduty" {
        Scheme::hex("x-pagerduty-signature").list(b',', "v1="),
        envelope: Envelope::new("event.event_type", "event.data").id("event.id").time("event.occurred_at"),
        body_limit: 2 * MIB,
    }

    /// CircleCI. It sends `circleci-signature: v1=<hex>`, in a list that may get entries of other versions.
    ///
    /// A hook that has no secret sends no signature, and is refused.
    ///
    /// Source: circleci/circleci-docs, `outbound-webhooks.adoc`. Published vectors are tested.
    CircleCi "circleci" {
        Scheme::hex("circleci-signature").list(b',', "v1="),
        envelope: Envelope::flat("type").id("id").time("happened_at"),
        event_header: "circleci-event-type",
    }

    /// Vercel. It sends `x-vercel-signature: <hex>`, with HMAC-SHA1.
    ///
    /// The key is the secret of the webhook, or the client secret of an integration. Callbacks of Vercel Blob have a header of this name
    /// with SHA-256 and another key, and are refused.
    ///
    /// Source: vercel/vercel-plugin, drains, which have the same header; npm `@vercel/blob`.
    Vercel "vercel" {
        Scheme::hex("x-vercel-signature").algorithm(Algorithm::HmacSha1),
        envelope: Envelope::new("type", "payload").id("id").unix_millis("createdAt"),
    }

    /// Intercom. It sends `X-Hub-Signature: sha1=<hex>`, with HMAC-SHA1.
    ///
    /// The key is the client secret of the app.
    ///
    /// Source: developers.intercom.com, "Signed notifications".
    Intercom "intercom" {
        Scheme::hex("x-hub-signature").prefix("sha1=").algorithm(Algorithm::HmacSha1),
        envelope: Envelope::new("topic", "data").id("id").unix_time("created_at"),
    }

    /// Paystack. It sends `x-paystack-signature: <hex>`, with HMAC-SHA512.
    ///
    /// The key is the secret key of the API. Paystack also shows a newer signature, with a time and the ids of keys. The name of its header
    /// is not known here. A delivery that has only the newer signature is refused.
    ///
    /// Source: PaystackOSS/doc-code-snippets, `src/doc/payments/webhooks/verifying-transaction`.
    Paystack "paystack" {
        Scheme::hex("x-paystack-signature").algorithm(Algorithm::HmacSha512),
        envelope: Envelope::new("event", "data"),
    }

    /// Typeform. It sends `Typeform-Signature: sha256=<base64>`.
    ///
    /// Many providers send hex after this prefix, but Typeform sends base64. A hook that has no secret sends no signature, and is refused.
    ///
    /// Source: typeform.com/developers, "Secure your webhooks".
    Typeform "typeform" {
        Scheme::base64("typeform-signature").prefix("sha256="),
        envelope: Envelope::new("event_type", "form_response").id("event_id").time("form_response.submitted_at"),
    }

    /// X, formerly Twitter. It sends `x-twitter-webhooks-signature: sha256=<base64>`.
    ///
    /// The key is the consumer secret of the app. X asks by a GET with `crc_token` for an HMAC of that token with the same key, and does
    /// not sign that request. If you answer it, refuse a token that has a character outside `[A-Za-z0-9_-]`. Otherwise anybody could have
    /// a body signed.
    ///
    /// Source: xdevplatform/docs, `x-api/webhooks/quickstart.mdx`.
    X "x" {
        Scheme::base64("x-twitter-webhooks-signature").prefix("sha256="),
    }

    /// LINE. It sends `x-line-signature: <base64>`.
    ///
    /// The key is the channel secret. A body is a batch (`events`).
    ///
    /// Source: npm `@line/bot-sdk` 11.0.0, `validate-signature`.
    Line "line" {
        Scheme::base64("x-line-signature"),
    }

    /// Razorpay. It sends `X-Razorpay-Signature: <hex>`.
    ///
    /// Source: npm `razorpay` 2.9.8, `razorpay-utils`. A published vector is tested.
    Razorpay "razorpay" {
        Scheme::hex("x-razorpay-signature"),
        envelope: Envelope::new("event", "payload").unix_time("created_at"),
        delivery_header: "x-razorpay-event-id",
    }

    /// GoCardless. It sends `Webhook-Signature: <hex>`.
    ///
    /// The header has the name that Standard Webhooks uses, but another format. A body is a batch (`events`).
    ///
    /// Source: npm `gocardless-nodejs` 10.1.2, `webhooks`. A published vector is tested.
    GoCardless "gocardless" {
        Scheme::hex("webhook-signature"),
    }

    /// Pusher Channels. It sends `X-Pusher-Signature: <hex>`.
    ///
    /// The header `X-Pusher-Key` names the key and is not signed. It is not read: give the secrets of all keys. A body is a batch
    /// (`events`).
    ///
    /// Source: npm `pusher` 5.3.4, `lib/webhook.js`, `lib/token.js`.
    Pusher "pusher" {
        Scheme::hex("x-pusher-signature"),
        envelope: Envelope::untyped().unix_millis("time_ms"),
    }

    /// Coinbase Commerce. It sends `X-CC-Webhook-Signature: <hex>`.
    ///
    /// Source: npm `coinbase-commerce-node` 1.0.4, `Webhook.js`. Published vectors are tested.
    CoinbaseCommerce "coinbase-commerce" {
        Scheme::hex("x-cc-webhook-signature"),
        envelope: Envelope::new("event.type", "event.data").id("event.id").time("event.created_at"),
    }

    /// Dropbox. It sends `X-Dropbox-Signature: <hex>`.
    ///
    /// The key is the app secret. A GET with `challenge` comes before the first delivery:
    /// [`handshake::dropbox`](crate::handshake::dropbox) answers it.
    ///
    /// Source: dropbox/mdwebhook, `app.py`.
    Dropbox "dropbox" {
        Scheme::hex("x-dropbox-signature"),
    }

    /// Asana. It sends `X-Hook-Signature: <hex>`.
    ///
    /// The secret comes in the header `X-Hook-Secret` of a request that nobody signs. Accept such a request only while you create a hook,
    /// because otherwise anybody can set the secret. A body is a batch (`events`).
    ///
    /// Source: Asana/developer-docs, webhooks; Asana/devrel-examples, `webhooks-nodejs`.
    Asana "asana" {
        Scheme::hex("x-hook-signature"),
        retry_horizon: Duration::from_secs(24 * 60 * 60),
    }

    /// Cal.com. It sends `X-Cal-Signature-256: <hex>`.
    ///
    /// If a hook has no secret, the header holds the words `no-secret-provided`, and the delivery is refused. A custom template changes the
    /// body. The new body is signed as it is sent, and it is a form if it is not JSON. Some events may have no `payload`: use
    /// [`Raw`](crate::Raw) for them.
    ///
    /// Source: calcom/cal.com, `packages/features/webhooks/lib/sendPayload.ts`.
    CalCom "calcom" {
        Scheme::hex("x-cal-signature-256"),
        envelope: Envelope::new("triggerEvent", "payload").time("createdAt"),
    }

    /// Lemon Squeezy. It sends `X-Signature: <hex>`.
    ///
    /// The event type is signed, because it is in the body. The header `X-Event-Name` repeats it and is not signed.
    ///
    /// Source: lmsqueezy/nextjs-billing, `src/app/api/webhook/route.ts`.
    LemonSqueezy "lemonsqueezy" {
        Scheme::hex("x-signature"),
        envelope: Envelope::flat("meta.event_name"),
        event_header: "x-event-name",
    }

    /// Mollie: the next-generation webhooks. It sends `X-Mollie-Signature: sha256=<hex>`.
    ///
    /// Mollie may send the header several times, and a request with more than one is refused here. A value that has no prefix is refused
    /// too. Classic webhooks are forms that are not signed, and are refused.
    ///
    /// Source: mollie/mollie-api-php, `src/Webhooks/SignatureValidator.php`, `WebhookEventMapper.php`.
    Mollie "mollie" {
        Scheme::sha256("x-mollie-signature"),
        envelope: Envelope::flat("type").id("id").time("createdAt"),
    }

    /// Airtable. It sends `X-Airtable-Content-MAC: hmac-sha256=<hex>`. Its secret is base64.
    ///
    /// A body only says that something has changed. Fetch the changes with the API.
    ///
    /// Source: airtable.com/developers, "Webhooks overview"; PyPI `pyairtable` 3.5.1, `models/webhook.py`.
    Airtable "airtable" {
        Scheme::hex("x-airtable-content-mac").prefix("hmac-sha256=").key(KeyEncoding::Base64 { strip: "" }),
        envelope: Envelope::untyped().time("timestamp"),
    }

    /// Heroku. It sends `Heroku-Webhook-Hmac-SHA256: <base64>`.
    ///
    /// The event type names the resource, and the key `action` of the payload tells what happened to it.
    ///
    /// Source: heroku/webhooks-docs, `README.md`; devcenter.heroku.com, "Changes to webhooks deliveries".
    Heroku "heroku" {
        Scheme::base64("heroku-webhook-hmac-sha256"),
        envelope: Envelope::flat("resource").id("id").time("created_at"),
        retry_horizon: Duration::from_secs(72 * 60 * 60),
    }

    /// DocuSign Connect. It sends `X-DocuSign-Signature-1: <base64>`.
    ///
    /// DocuSign sends a numbered header for each of its keys, and only the first is read here. After a rotation of the keys, the first
    /// header may belong to another key: give the secrets of all keys.
    ///
    /// Source: developers.docusign.com, "How to validate an HMAC signature"; docusign/code-examples-node,
    /// `lib/connect/examples/validateWebhookMessage.js`.
    DocuSign "docusign" {
        Scheme::base64("x-docusign-signature-1"),
        envelope: Envelope::new("event", "data"),
    }

    /// Xero. It sends `x-xero-signature: <base64>`.
    ///
    /// The key looks like base64, but its text is the key. Before Xero turns a hook on, it sends right and wrong signatures, which must get
    /// 200 and 401: answer 200 and not 204. A body is a batch (`events`).
    ///
    /// Source: XeroAPI/XeroWebhooksReceiver, `Helpers/SignatureVerifier.cs`; XeroAPI/xero-php-webhook, `index.php`.
    Xero "xero" {
        Scheme::base64("x-xero-signature"),
    }

    /// Microsoft Teams: outgoing webhooks. It sends `Authorization: HMAC <base64>`. Its secret is base64.
    ///
    /// Source: MicrosoftDocs/msteams-docs, `add-outgoing-webhook.md`; OfficeDev/microsoft-teams-sample-outgoing-webhook,
    /// `Models/AuthProvider.cs`.
    Teams "teams" {
        Scheme::base64("authorization").prefix("HMAC ").key(KeyEncoding::Base64 { strip: "" }),
    }

    /// Greenhouse: the webhooks of Recruiting and of Onboarding. It sends `Signature: sha256 <hex>`, with a blank and no equals sign.
    ///
    /// The bodies are JSON with `\u` escapes, so only the raw bytes match. Greenhouse retries after 1, 15, 60, 120, 240 and 480 minutes,
    /// and a random delay of up to 10 minutes.
    ///
    /// Source: grnhse/greenhouse-api-docs, `source/includes/webhooks/_introduction.md`.
    Greenhouse "greenhouse" {
        Scheme::hex("signature").prefix("sha256 "),
        envelope: Envelope::new("action", "payload"),
        delivery_header: "greenhouse-event-id",
        retry_horizon: Duration::from_secs((916 + 11) * 60),
    }

    /// EasyPost. It sends `X-Hmac-Signature: hmac-sha256-hex=<hex>`.
    ///
    /// The key is the secret in the Unicode form NFKD. Use a secret in ASCII, which is the same in every form.
    ///
    /// Source: npm `@easypost/api` 8.9.0, `src/utils/util.js`, `types/Event`; PyPI `easypost`, `util.py`.
    EasyPost "easypost" {
        Scheme::hex("x-hmac-signature").prefix("hmac-sha256-hex="),
        envelope: Envelope::new("description", "result").id("id").time("created_at"),
    }

    /// Checkout.com. It sends `Cko-Signature: <hex>`.
    ///
    /// The key is the one that is set in the webhook's workflow action. On old accounts it is the secret key of the API. A body of
    /// `authentication_failed` may not be readable as JSON: take it as [`Raw`](crate::Raw).
    ///
    /// Source: checkout.com/docs, "Receive webhooks"; checkout/checkout-woocommerce-plugin,
    /// `includes/api/class-wc-checkoutcom-utility.php`.
    CheckoutCom "checkout" {
        Scheme::hex("cko-signature"),
        envelope: Envelope::new("type", "data").id("id").time("created_on"),
    }

    /// ClickUp. It sends `X-Signature: <hex>`.
    ///
    /// `webhook_id` names the webhook and not the event.
    ///
    /// Source: developer.clickup.com, "Webhook signature".
    ClickUp "clickup" {
        Scheme::hex("x-signature"),
        envelope: Envelope::flat("event"),
    }

    /// Stripe. It sends `Stripe-Signature: t=<seconds>,v1=<hex>`, and several `v1` while a secret is rolled.
    ///
    /// The key is the whole secret, with `whsec_`. The entry `v0` is a test scheme, and is ignored. The time of a thin event
    /// (`v2.core.event`) is RFC 3339, so `occurred_at` is `None` for it.
    ///
    /// Source: npm `stripe` 23.1.0, `Webhooks.js`; docs.stripe.com/webhooks.
    Stripe "stripe" {
        Scheme::hex("stripe-signature").list(b',', "v1=").timestamp(Timestamp::entry("t=")).signed(TIME_DOT_BODY),
        envelope: Envelope::new("type", "data").id("id").unix_time("created"),
        retry_horizon: Duration::from_secs(3 * 24 * 60 * 60),
    }

    /// Slack. It sends `X-Slack-Signature: v0=<hex>` and `X-Slack-Request-Timestamp`.
    ///
    /// Commands and interactions are forms: take them as [`Raw`](crate::Raw). A signed `url_verification` comes before the first event:
    /// [`handshake::slack`](crate::handshake::slack) answers it. This envelope is that of an `event_callback`.
    ///
    /// Source: npm `@slack/bolt` 5.1.0, `verify-request`; docs.slack.dev, "Verifying requests from Slack". A published vector is tested.
    Slack "slack" {
        Scheme::hex("x-slack-signature")
            .prefix("v0=")
            .timestamp(Timestamp::header("x-slack-request-timestamp"))
            .signed(&[Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body]),
        envelope: Envelope::new("event.type", "event").id("event_id").unix_time("event_time"),
    }

    /// Zoom. It sends `x-zm-signature: v0=<hex>` and `x-zm-request-timestamp`.
    ///
    /// Zoom documents no tolerance for the time. `endpoint.url_validation` asks for an HMAC of its `plainToken` with the key of the hook.
    /// That is safe only after the request is verified, and only if the token has no character outside `[A-Za-z0-9_-]`:
    /// [`handshake::zoom`](crate::handshake::zoom) answers it so.
    ///
    /// Source: zoom/webhook-sample, `index.js`; npm `@zoom/rivet` 0.4.0.
    Zoom "zoom" {
        Scheme::hex("x-zm-signature")
            .prefix("v0=")
            .timestamp(Timestamp::header("x-zm-request-timestamp"))
            .signed(&[Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body]),
        envelope: Envelope::new("event", "payload").unix_millis("event_ts"),
    }

    /// Twitch EventSub. It sends `Twitch-Eventsub-Message-Signature: sha256=<hex>`, and signs the message's id, its time and the body.
    ///
    /// The time is RFC 3339 with up to 9 digits of a fraction, within 10 minutes. Nothing separates the three, so only a time in its
    /// strict form is accepted. The header with the subscription's type repeats the body and is not signed. A new subscription first gets a
    /// signed `challenge`: [`handshake::twitch`](crate::handshake::twitch) answers it.
    ///
    /// Source: twitchdev/eventsub-webhooks-node-sample, `index.js`; dev.twitch.tv, EventSub. A published vector is tested.
    Twitch "twitch" {
        Scheme::sha256("twitch-eventsub-message-signature")
            .timestamp(
                Timestamp::header("twitch-eventsub-message-timestamp").rfc3339().tolerance(Duration::from_secs(600)),
            )
            .signed(&[Part::Id("twitch-eventsub-message-id"), Part::Timestamp, Part::Body]),
        envelope: Envelope::new("subscription.type", "event"),
        event_header: "twitch-eventsub-subscription-type",
    }

    /// Zendesk. It sends `X-Zendesk-Webhook-Signature: <base64>` and `X-Zendesk-Webhook-Signature-Timestamp`, in RFC 3339.
    ///
    /// The secret looks like base64, but its text is the key. Tests that are sent before a hook exists are signed with a public secret:
    /// never configure it. This envelope is that of event subscriptions. The hooks of triggers and automations have bodies that an
    /// administrator writes, and some are forms, are empty or have another method than POST.
    ///
    /// Source: developer.zendesk.com, "Verifying webhooks", "Anatomy of a webhook request", "Webhook event types".
    Zendesk "zendesk" {
        Scheme::base64("x-zendesk-webhook-signature")
            .timestamp(Timestamp::header("x-zendesk-webhook-signature-timestamp").rfc3339())
            .signed(&[Part::Timestamp, Part::Body]),
        envelope: Envelope::flat("type").id("id").time("time"),
        delivery_header: "x-zendesk-webhook-invocation-id",
    }

    /// Box: V2 webhooks. It sends `Box-Signature-Primary: <base64>` and `Box-Delivery-Timestamp`, in RFC 3339. It signs the body and then
    /// the time.
    ///
    /// `Box-Signature-Secondary` is the same with the second key, and is not read: while keys are rotated, give both secrets. A retry has a
    /// new delivery id and the same id in the body.
    ///
    /// Source: npm `box-node-sdk` 10.12.0, `managers/webhooks`; developer.box.com, "V2 webhooks". A published vector is tested.
    BoxCom "box" {
        Scheme::base64("box-signature-primary")
            .timestamp(Timestamp::header("box-delivery-timestamp").rfc3339().tolerance(Duration::from_secs(600)))
            .signed(&[Part::Body, Part::Timestamp]),
        envelope: Envelope::flat("trigger").id("id").time("created_at"),
        delivery_header: "box-delivery-id",
    }

    /// Paddle Billing. It sends `Paddle-Signature: ts=<seconds>;h1=<hex>`, with semicolons, and several `h1` while a secret is rotated.
    ///
    /// The SDKs of Paddle accept a signature for 5 s. Here it is 5 minutes, as for other providers:
    /// [`Verifier::tolerance`](crate::Verifier::tolerance) changes it.
    ///
    /// Source: npm `@paddle/paddle-node-sdk` 3.10.0, `webhooks-validator`; PaddleHQ/paddle-go-sdk. Published vectors are tested.
    Paddle "paddle" {
        Scheme::hex("paddle-signature")
            .list(b';', "h1=")
            .timestamp(Timestamp::entry("ts="))
            .signed(&[Part::Timestamp, Part::Text(":"), Part::Body]),
        envelope: Envelope::new("event_type", "data").id("event_id").time("occurred_at"),
    }

    /// WorkOS. It sends `WorkOS-Signature: t=<milliseconds>, v1=<hex>`, with a blank after the comma.
    ///
    /// A delivery is accepted for 3 minutes.
    ///
    /// Source: npm `@workos-inc/node` 8.13.0; workos/workos-node, `src/common/crypto/signature-provider.ts`.
    WorkOs "workos" {
        Scheme::hex("workos-signature")
            .list(b',', "v1=")
            .timestamp(Timestamp::entry("t=").millis().tolerance(Duration::from_secs(180)))
            .signed(TIME_DOT_BODY),
        envelope: Envelope::new("event", "data").id("id").time("created_at"),
    }

    /// Mux. It sends `Mux-Signature: t=<seconds>,v1=<hex>`.
    ///
    /// Source: npm `@mux/mux-node` 15.3.0, `resources/webhooks`.
    Mux "mux" {
        Scheme::hex("mux-signature").list(b',', "v1=").timestamp(Timestamp::entry("t=")).signed(TIME_DOT_BODY),
        envelope: Envelope::new("type", "data").id("id").time("created_at"),
    }

    /// Sanity: GROQ-powered webhooks. It sends `sanity-webhook-signature: t=<milliseconds>,v1=<base64 for URLs>`.
    ///
    /// Source: npm `@sanity/webhook` 4.0.4. A published vector is tested.
    Sanity "sanity" {
        Scheme::base64url("sanity-webhook-signature")
            .list(b',', "v1=")
            .timestamp(Timestamp::entry("t=").millis())
            .signed(TIME_DOT_BODY),
        delivery_header: "idempotency-key",
    }

    /// Calendly. It sends `Calendly-Webhook-Signature: t=<seconds>,v1=<hex>`.
    ///
    /// A delivery is accepted for 3 minutes. With a personal access token, a signing key is optional. A hook that has none is not signed,
    /// and is refused. The events have no id.
    ///
    /// Source: developer.calendly.com, "Webhook signatures".
    Calendly "calendly" {
        Scheme::hex("calendly-webhook-signature")
            .list(b',', "v1=")
            .timestamp(Timestamp::entry("t=").tolerance(Duration::from_secs(180)))
            .signed(TIME_DOT_BODY),
        envelope: Envelope::new("event", "payload").time("created_at"),
    }

    /// TikTok. It sends `TikTok-Signature: t=<seconds>,s=<hex>`.
    ///
    /// The key is the client secret. TikTok Shop signs in another way, and is refused.
    ///
    /// Source: developers.tiktok.com, webhooks: "Overview", "Check the signature", "Webhook events".
    TikTok "tiktok" {
        Scheme::hex("tiktok-signature").list(b',', "s=").timestamp(Timestamp::entry("t=")).signed(TIME_DOT_BODY),
        envelope: Envelope::flat("event").unix_time("create_time"),
        retry_horizon: Duration::from_secs(72 * 60 * 60),
    }

    /// ElevenLabs. It sends `ElevenLabs-Signature: t=<seconds>,v0=<hex>`.
    ///
    /// A delivery is accepted for 30 minutes.
    ///
    /// Source: npm `@elevenlabs/elevenlabs-js` 2.73.0, `wrapper/webhooks`.
    ElevenLabs "elevenlabs" {
        Scheme::hex("elevenlabs-signature")
            .list(b',', "v0=")
            .timestamp(Timestamp::entry("t=").tolerance(Duration::from_secs(1800)))
            .signed(TIME_DOT_BODY),
        envelope: Envelope::new("type", "data").unix_time("event_timestamp"),
    }

    /// Buildkite. It sends `X-Buildkite-Signature: timestamp=<seconds>,signature=<hex>`.
    ///
    /// A setting sends the plain `X-Buildkite-Token` instead of a signature, and such deliveries are refused. The event type is signed,
    /// because it is in the body. The header `X-Buildkite-Event` repeats it and is not signed.
    ///
    /// Source: buildkite/docs, `pages/apis/webhooks`.
    Buildkite "buildkite" {
        Scheme::hex("x-buildkite-signature")
            .list(b',', "signature=")
            .timestamp(Timestamp::entry("timestamp="))
            .signed(TIME_DOT_BODY),
        envelope: Envelope::flat("event"),
        event_header: "x-buildkite-event",
    }

    /// Webflow. It sends `x-webflow-signature: <hex>` and `x-webflow-timestamp`, in milliseconds.
    ///
    /// The key is the client secret of the OAuth app, or the secret of a hook that was made with the API. A hook that was made in the
    /// dashboard is not signed, and is refused.
    ///
    /// Source: npm `webflow-api` 3.3.4, `wrapper/WebhooksClient`; developers.webflow.com, verifying requests.
    Webflow "webflow" {
        Scheme::hex("x-webflow-signature")
            .timestamp(Timestamp::header("x-webflow-timestamp").millis())
            .signed(&[Part::Timestamp, Part::Text(":"), Part::Body]),
        envelope: Envelope::new("triggerType", "payload"),
    }

    /// Cloudflare Stream: the end of the processing of a video. It sends `Webhook-Signature: time=<seconds>,sig1=<hex>`.
    ///
    /// Cloudflare leaves the tolerance to the receiver. The notifications of live broadcasts are of another kind, and are refused.
    ///
    /// Source: cloudflare/cloudflare-docs, `stream/manage-video-library/using-webhooks.mdx`.
    CloudflareStream "cloudflare-stream" {
        Scheme::hex("webhook-signature").list(b',', "sig1=").timestamp(Timestamp::entry("time=")).signed(TIME_DOT_BODY),
    }

    /// Customer.io: reporting webhooks. It sends `X-CIO-Signature: <hex>` and `X-CIO-Timestamp`.
    ///
    /// The signed text begins with `v0:`, but the header has no `v0=`.
    ///
    /// Source: npm `customerio-node` 5.2.0, `webhooks`; docs.customer.io, reporting webhooks; customerio/examples.
    CustomerIo "customerio" {
        Scheme::hex("x-cio-signature")
            .timestamp(Timestamp::header("x-cio-timestamp"))
            .signed(&[Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body]),
        envelope: Envelope::flat("metric").id("event_id").unix_time("timestamp"),
        retry_horizon: Duration::from_secs(7 * 24 * 60 * 60),
    }

    /// Rootly. It sends `X-Rootly-Signature: t=<seconds>,v1=<hex>`, sometimes with a blank after the comma.
    ///
    /// Nothing separates the time from the body, so only a time of 10 digits is accepted.
    ///
    /// Source: docs.rootly.com, "Webhooks", "Event payloads".
    Rootly "rootly" {
        Scheme::hex("x-rootly-signature")
            .list(b',', "v1=")
            .timestamp(Timestamp::entry("t="))
            .signed(&[Part::Timestamp, Part::Body]),
        envelope: Envelope::new("event.type", "data").id("event.id").time("event.issued_at"),
    }

    /// Convoy: the advanced signature with SHA-256 and hex. It sends `X-Convoy-Signature: t=<seconds>,v1=<hex>`, and several `v1` while a
    /// secret is rolled.
    ///
    /// The project that sends chooses the hash and the encoding. Deliveries with another choice are refused. A comma joins the time and the
    /// body.
    ///
    /// Source: frain-dev/convoy, `pkg/signature`. Published vectors are tested.
    Convoy "convoy" {
        Scheme::hex("x-convoy-signature")
            .list(b',', "v1=")
            .timestamp(Timestamp::entry("t="))
            .signed(&[Part::Timestamp, Part::Text(","), Part::Body]),
    }

    /// Cashfree. It sends `x-webhook-signature: <base64>` and `x-webhook-timestamp`, in milliseconds.
    ///
    /// The key is the client secret. Nothing separates the time from the body, so only a time of 13 digits is accepted.
    ///
    /// Source: npm `cashfree-pg` 6.0.6, `PGVerifyWebhookSignature`; cashfree.com/docs, webhook signature.
    Cashfree "cashfree" {
        Scheme::base64("x-webhook-signature")
            .timestamp(Timestamp::header("x-webhook-timestamp").millis())
            .signed(&[Part::Timestamp, Part::Body]),
        envelope: Envelope::new("type", "data").time("event_time"),
    }

    /// Any provider that follows [Standard Webhooks](https://www.standardwebhooks.com). It sends `webhook-id`, `webhook-timestamp` and
    /// `webhook-signature: v1,<base64>`. The secret is base64 after `whsec_`.
    ///
    /// An id that has a dot is refused. Entries with `v1a` (ed25519) are ignored. The retry horizon is that of the specification's
    /// example. If your provider retries for longer, set the retention of the dedupe.
    ///
    /// Source: the specification; npm `standardwebhooks` 1.1.1. A published vector is tested.
    StandardWebhooks "standard-webhooks" {
        STANDARD,
        envelope: Envelope::new("type", "data").time("timestamp"),
        retry_horizon: Duration::from_secs((75 * 60 + 35) * 60 + 5),
    }

    /// Svix. It sends `svix-id`, `svix-timestamp` and `svix-signature: v1,<base64>`. The secret is base64 after `whsec_`.
    ///
    /// Some providers use Svix with header names of their own. If the headers begin with `webhook-`, use [`StandardWebhooks`]. An id that
    /// has a dot is refused.
    ///
    /// Source: svix/svix-webhooks, `rust/src/webhooks.rs`. A published vector is tested.
    Svix "svix" {
        SVIX,
        envelope: Envelope::new("type", "data").time("timestamp"),
        retry_horizon: SVIX_HORIZON,
    }

    /// Clerk. It sends the headers of [`Svix`].
    ///
    /// The unit of `timestamp` in the body is not documented, so `occurred_at` is `None`. Use `sent_at`.
    ///
    /// Source: npm `@clerk/backend` 3.25.0, `webhooks`; clerk/openapi-specs, `webhooks/2025-04-15.yml`.
    Clerk "clerk" {
        SVIX,
        envelope: Envelope::new("type", "data"),
        retry_horizon: SVIX_HORIZON,
    }

    /// Resend. It sends the headers of [`Svix`].
    ///
    /// Source: npm `resend` 6.38.0, `webhooks.verify`; resend/resend-openapi, resend/resend-examples.
    Resend "resend" {
        SVIX,
        envelope: Envelope::new("type", "data").time("created_at"),
        retry_horizon: SVIX_HORIZON,
    }

    /// OpenAI. It sends the headers of [`StandardWebhooks`].
    ///
    /// A secret that has no `whsec_` is the key as it stands: give it as [`Secret::from_bytes`](crate::Secret::from_bytes).
    ///
    /// Source: npm `openai` 6.49.0, `resources/webhooks`.
    OpenAi "openai" {
        STANDARD,
        envelope: Envelope::new("type", "data").unix_time("created_at"),
        retry_horizon: Duration::from_secs(72 * 60 * 60),
    }

    /// Anthropic. It sends the headers of [`StandardWebhooks`].
    ///
    /// The key `type` of each body is `event`. The event type is in `data.type`.
    ///
    /// Source: npm `@anthropic-ai/sdk` 1.14.0, `resources/beta/webhooks`; anthropics/anthropic-sdk-python.
    Anthropic "anthropic" {
        STANDARD,
        envelope: Envelope::new("data.type", "data").time("created_at"),
    }

    /// GitLab 19.0 and later, with a signing token. It sends the headers of [`StandardWebhooks`].
    ///
    /// The event type is in a header that nobody signs: read [`Envelope::unsigned_header`]. The key `object_kind` of most bodies is signed.
    /// The older `X-Gitlab-Token` signs nothing, and a hook that has only a token is refused.
    ///
    /// Source: gitlab-org/gitlab, merge request 230944; docs.gitlab.com, webhooks, signing tokens.
    GitLab "gitlab" {
        STANDARD,
        envelope: Envelope::unsigned_header("x-gitlab-event"),
        delivery_header: "x-gitlab-event-uuid",
    }

    /// Supabase: auth hooks. It sends the headers of [`StandardWebhooks`]. The secret is base64 after `v1,whsec_`.
    ///
    /// Supabase joins several secrets with `|`: give each as a secret of its own. Each retry has a new `webhook-id`, so it is not known as
    /// a repeat.
    ///
    /// Source: supabase/auth, `internal/hooks/hookshttp/hookshttp.go`, `internal/conf/configuration.go`.
    SupabaseAuth "supabase-auth" {
        STANDARD.key(KeyEncoding::Base64 { strip: "v1,whsec_" }),
    }

    /// Polar. It sends the headers of [`StandardWebhooks`].
    ///
    /// Two kinds of secrets exist. A secret that Polar made on or after 2026-09-08 is base64 after `whsec_`. An older secret, and any
    /// secret that you chose yourself, is the key as it stands, with its prefix: give it as
    /// [`Secret::from_bytes`](crate::Secret::from_bytes). If you do not know which kind yours is, give both readings as two secrets.
    ///
    /// Source: polarsource/polar, `server/polar/webhook/tasks.py`, pull requests 14102, 14117 and 14400; npm `@polar-sh/sdk` 0.49.0.
    Polar "polar" {
        STANDARD,
        envelope: Envelope::new("type", "data").time("timestamp"),
    }

    /// Replicate. It sends the headers of [`StandardWebhooks`].
    ///
    /// The event type is the status of the prediction, such as `succeeded`.
    ///
    /// Source: npm `replicate` 1.4.0, `lib/util.js`.
    Replicate "replicate" {
        STANDARD,
        envelope: Envelope::flat("status"),
    }
}
