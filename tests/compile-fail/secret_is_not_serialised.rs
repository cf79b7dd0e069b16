use countersign::Secret;

fn serialised<T: serde::Serialize>() {}

fn main() {
    serialised::<Secret>();
}
