//! The parts of the command that read what others wrote. The command is a program without a library, so its files are compiled here once
//! more.

#[allow(dead_code, reason = "the command uses more of them than the targets")]
#[path = "../../crates/countersign-cli/src"]
pub(crate) mod source {
    pub(crate) mod captured;

    pub(crate) mod payload {
        pub(crate) mod json;
    }

    #[path = "commands/listen/head.rs"]
    pub(crate) mod head;

    pub(crate) mod http1 {
        pub(crate) mod read;

        pub(crate) use read::{HEAD_LIMIT, Whole, declared_length, is_chunked, unchunked};

        /// Names and values.
        pub(crate) type HeaderList = Vec<(String, Vec<u8>)>;

        /// A request, as the readers make it.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct Request {
            pub(crate) method: String,
            pub(crate) path: String,
            pub(crate) headers: HeaderList,
            pub(crate) body: Vec<u8>,
        }

        /// An answer, as the reader makes it.
        #[derive(Debug, PartialEq)]
        pub(crate) struct Answer {
            pub(crate) status: u16,
            pub(crate) reason: String,
            pub(crate) headers: HeaderList,
            pub(crate) body: Vec<u8>,
        }
    }

    pub(crate) mod failure {
        use std::fmt;

        /// A message for the user.
        #[derive(Debug)]
        pub(crate) struct Failure(String);

        pub(crate) type Result<T> = std::result::Result<T, Failure>;

        impl Failure {
            pub(crate) fn new(message: impl fmt::Display) -> Self {
                Self(message.to_string())
            }

            pub(crate) fn message(&self) -> &str {
                &self.0
            }
        }
    }
}
