//! The answers that the store accepts.
//!
//! The redis crate would also make a number of a text, or of a fraction, which it cuts. The scripts answer with integers only. So any other
//! answer is an error, and never a claim or a record.

use redis::{FromRedisValue, ParsingError, Value};

/// An integer.
pub(crate) struct Integer(pub(crate) i64);

/// `OK`.
pub(crate) struct Okay;

impl FromRedisValue for Integer {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        match value {
            Value::Int(number) => Ok(Self(number)),
            _ => Err("not an integer".into()),
        }
    }
}

impl FromRedisValue for Okay {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        match value {
            Value::Okay => Ok(Self),
            _ => Err("not OK".into()),
        }
    }
}
