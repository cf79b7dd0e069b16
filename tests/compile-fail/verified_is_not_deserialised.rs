use countersign::{Verified, massu};

fn deserialised<T: serde::de::DeserializeOwned>() {}

fn main() {
    deserialised::<Verified<massu::Event>>();
}
