use countersign::Secret;

fn bytes<T: AsRef<[u8]>>() {}

fn main() {
    bytes::<Secret>();
}
