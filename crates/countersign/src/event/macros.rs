//! `events!`: an enum of events from a table of names.

/// Declares the events of a sender: an enum with a variant for each name on the wire, and `Unknown` for the rest.
///
/// A variant with a type in parentheses has its payload parsed into it (any `DeserializeOwned + Send + Sync`); one without
/// carries [`Data`](crate::Data). A payload that does not fit its type arrives as `Unknown` with the reason: an authentic event is never
/// lost because its sender changed a schema.
///
/// The enum is `#[non_exhaustive]` and gets
///
/// - `kind()`: the name on the wire, for known and unknown events;
/// - `KINDS`: all the known names;
/// - `Debug`, which prints the variant and none of the payload, and `Clone` where every payload is.
///
/// The sender must have an [`ENVELOPE`](crate::Provider::ENVELOPE); without one, this does not compile.
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
/// #[derive(serde::Deserialize)]
/// pub struct Order {
///     pub id: String,
/// }
///
/// countersign::events! {
///     /// What Acme sends.
///     pub enum Event for Acme {
///         /// An order came in.
///         "order.created" => OrderCreated(Order),
///         /// An order was paid back.
///         "order.refunded" => OrderRefunded,
///     }
/// }
///
/// assert_eq!(Event::KINDS, ["order.created", "order.refunded"]);
/// ```
#[macro_export]
macro_rules! events {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident for $provider:ty {
            $(
                $(#[$variant_attribute:meta])*
                $kind:literal => $variant:ident $(($payload:ty))?
            ),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[non_exhaustive]
        $visibility enum $name {
            $(
                $(#[$variant_attribute])*
                $variant($crate::events!(@payload $($payload)?)),
            )+
            /// An event that is not in this list, or whose payload does not fit it.
            Unknown($crate::Unknown),
        }

        impl $name {
            /// The names of the known events on the wire.
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// The event's name on the wire.
            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)+
                    Self::Unknown(unknown) => unknown.kind(),
                }
            }
        }

        impl $crate::Event for $name {
            type Provider = $provider;

            fn decode(message: $crate::Message<'_>) -> ::core::result::Result<Self, $crate::DecodeError> {
                const {
                    ::core::assert!(
                        <$provider as $crate::Provider>::ENVELOPE.is_some(),
                        "a sender of typed events needs an ENVELOPE"
                    );
                }
                let (kind, data) = message.open()?;
                ::core::result::Result::Ok(match &*kind {
                    $($kind => $crate::events!(@decode $kind, $variant, data $(, $payload)?),)+
                    other => Self::Unknown($crate::Unknown::new(other, data, ::core::option::Option::None)),
                })
            }

            fn name(&self) -> ::core::option::Option<&str> {
                ::core::option::Option::Some(self.kind())
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    $(Self::$variant(_) => f.write_str(::core::concat!(::core::stringify!($variant), "(..)")),)+
                    Self::Unknown(unknown) => ::core::fmt::Debug::fmt(unknown, f),
                }
            }
        }

        // `for<'a>` makes the bound a condition: a payload that is not `Clone` only takes `Clone` from the enum.
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
    (@payload) => { $crate::Data };
    (@payload $payload:ty) => { $payload };
    (@decode $kind:literal, $variant:ident, $data:ident) => { Self::$variant($data) };
    (@decode $kind:literal, $variant:ident, $data:ident, $payload:ty) => {
        match $data.parse::<$payload>() {
            ::core::result::Result::Ok(payload) => Self::$variant(payload),
            ::core::result::Result::Err(mismatch) => {
                Self::Unknown($crate::Unknown::new($kind, $data, ::core::option::Option::Some(mismatch)))
            }
        }
    };
}
