//! `events!` makes an enum from a table of event types.

/// Declares the events of a provider: an enum with a variant for each event type, and `Unknown` for all others.
///
/// A variant with a type in parentheses holds its payload, parsed into that type (any `DeserializeOwned + Send + Sync`). A variant without
/// a type holds a [`Payload`](crate::Payload). A payload that does not fit its type arrives as `Unknown`, with the reason. So no authentic
/// event is lost if the provider changes a schema.
///
/// The enum is `#[non_exhaustive]` and has
///
/// - `event_type()`: the event type as the provider writes it, for known and unknown events;
/// - `EVENT_TYPES`: all known event types;
/// - `Debug`, which prints the variant and nothing of the payload;
/// - `Clone`, if every payload is `Clone`. `VerifyMiddleware` needs it, because it hands on a clone of the event.
///
/// This does not compile for a provider whose scheme has a mistake, or whose [`ENVELOPE`](crate::Provider::ENVELOPE) is `None` or untyped.
///
/// ```
/// use countersign::{Envelope, Provider, Scheme};
///
/// pub struct Acme;
///
/// impl Provider for Acme {
///     const NAME: &'static str = "acme";
///     const SCHEME: Scheme = Scheme::sha256("x-acme-signature-256");
///     const ENVELOPE: Option<Envelope> = Some(Envelope::new("type", "data"));
/// }
///
/// #[derive(Clone, serde::Deserialize)]
/// pub struct Order {
///     pub id: String,
/// }
///
/// countersign::events! {
///     /// The events of Acme.
///     pub enum Event for Acme {
///         /// An order came in.
///         "order.created" => OrderCreated(Order),
///         /// An order was paid back.
///         "order.refunded" => OrderRefunded,
///     }
/// }
///
/// assert_eq!(Event::EVENT_TYPES, ["order.created", "order.refunded"]);
/// ```
#[macro_export]
macro_rules! events {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident for $provider:ty {
            $(
                $(#[$variant_attribute:meta])*
                $event_type:literal => $variant:ident $(($payload:ty))?
            ),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[non_exhaustive]
        $visibility enum $name {
            $(
                $(#[$variant_attribute])*
                $variant($crate::__payload!($($payload)?)),
            )+
            /// An event whose event type is not in this list, or whose payload does not fit its type.
            Unknown($crate::Unknown),
        }

        impl $name {
            /// The known event types, as the provider writes them.
            pub const EVENT_TYPES: &'static [&'static str] = &[$($event_type),+];

            /// The event type, as the provider writes it.
            #[must_use]
            pub fn event_type(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $event_type,)+
                    Self::Unknown(unknown) => unknown.event_type(),
                }
            }
        }

        impl $crate::Event for $name {
            type Provider = $provider;

            fn decode(message: $crate::Message<'_>) -> ::core::result::Result<Self, $crate::DecodeError> {
                if let ::core::option::Option::Some(event) = message.parse() {
                    return ::core::result::Result::Ok(event);
                }
                let (event_type, payload) = message.open()?;
                ::core::result::Result::Ok(match &*event_type {
                    $($event_type => $crate::__decode!($event_type, $variant, payload $(, $payload)?),)+
                    other => Self::Unknown($crate::Unknown::new(other, payload, ::core::option::Option::None)),
                })
            }

            fn event_type(&self) -> ::core::option::Option<&str> {
                ::core::option::Option::Some(self.event_type())
            }

            fn unknown(&self) -> ::core::option::Option<&$crate::Unknown> {
                if let Self::Unknown(unknown) = self { ::core::option::Option::Some(unknown) } else { ::core::option::Option::None }
            }
        }

        impl $crate::__Typed for $name {
            const PARSES: bool = false $(|| $crate::__parses!($($payload)?))+;

            fn parses(event_type: &str) -> bool {
                match event_type {
                    $($event_type => $crate::__parses!($($payload)?),)+
                    _ => false,
                }
            }

            fn parse<'de, D: $crate::__serde::Deserializer<'de>>(
                event_type: &str,
                payload: D,
            ) -> ::core::result::Result<Self, D::Error> {
                match event_type {
                    $($event_type => $crate::__parse!(D, $variant, payload $(, $payload)?),)+
                    _ => ::core::result::Result::Err($crate::__serde::de::Error::custom("")),
                }
            }
        }

        // The check stands beside the enum and not in a function. `cargo check` and the editor evaluate it only there.
        const _: () = $crate::__assert_typed::<$provider>();

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    $(Self::$variant(_) => f.write_str(::core::concat!(::core::stringify!($variant), "(..)")),)+
                    Self::Unknown(unknown) => ::core::fmt::Debug::fmt(unknown, f),
                }
            }
        }

        // A plain bound on a payload that is not `Clone` would be a compile error. With `for<'a>`, the enum just has no `Clone`.
        impl ::core::clone::Clone for $name
        where
            $($(for<'a> $payload: ::core::clone::Clone,)?)+
        {
            fn clone(&self) -> Self {
                match self {
                    $(Self::$variant(payload) => Self::$variant(::core::clone::Clone::clone(payload)),)+
                    Self::Unknown(unknown) => Self::Unknown(::core::clone::Clone::clone(unknown)),
                }
            }
        }
    };
}

/// Stops the compilation for a provider that cannot have typed events.
#[doc(hidden)]
pub const fn assert_typed<P: crate::Provider>() {
    P::SCHEME.assert_valid();
    match P::ENVELOPE {
        Some(envelope) => assert!(
            envelope.is_typed(),
            "typed events need an envelope with an event type; this one is untyped, so use countersign::Raw"
        ),
        None => {
            #[allow(clippy::panic, reason = "it runs at compile time")]
            {
                panic!("typed events need a provider with an ENVELOPE; without one, use countersign::Raw")
            }
        }
    }
}

/// The type of a variant's payload.
#[doc(hidden)]
#[macro_export]
macro_rules! __payload {
    () => {
        $crate::Payload
    };
    ($payload:ty) => {
        $payload
    };
}

/// Whether a variant has a payload type.
#[doc(hidden)]
#[macro_export]
macro_rules! __parses {
    () => {
        false
    };
    ($payload:ty) => {
        true
    };
}

/// Makes a variant from a payload that is being parsed.
#[doc(hidden)]
#[macro_export]
macro_rules! __parse {
    ($deserializer:ident, $variant:ident, $json:ident) => {{
        let _: $deserializer = $json;
        ::core::result::Result::Err($crate::__serde::de::Error::custom(""))
    }};
    ($deserializer:ident, $variant:ident, $json:ident, $payload:ty) => {
        <$payload as $crate::__serde::Deserialize<'de>>::deserialize($json).map(Self::$variant)
    };
}

/// Makes a variant from its payload, or `Unknown` if the payload does not fit.
#[doc(hidden)]
#[macro_export]
macro_rules! __decode {
    ($event_type:literal, $variant:ident, $json:ident) => {
        Self::$variant($json)
    };
    ($event_type:literal, $variant:ident, $json:ident, $payload:ty) => {
        match $json.parse::<$payload>() {
            ::core::result::Result::Ok(payload) => Self::$variant(payload),
            ::core::result::Result::Err(mismatch) => Self::Unknown($crate::Unknown::new(
                $event_type,
                $json,
                ::core::option::Option::Some(mismatch),
            )),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::assert_typed;
    use crate::{Hook, Provider, Scheme};

    /// The check of compile time also runs at run time.
    #[test]
    fn typed_events_need_an_envelope() {
        struct Bare;
        impl Provider for Bare {
            const NAME: &'static str = "bare";
            const SCHEME: Scheme = Scheme::hex("x-signature");
        }
        let compiles = |check: fn()| std::panic::catch_unwind(check).is_ok();
        assert!(compiles(assert_typed::<Hook>));
        assert!(!compiles(assert_typed::<Bare>));
    }
}
