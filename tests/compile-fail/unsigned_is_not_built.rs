use countersign::Unsigned;

fn main() {
    let _ = Unsigned { event: None, delivery: None };
}
