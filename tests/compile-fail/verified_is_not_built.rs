use countersign::{Verified, massu};

fn build(event: massu::Event, other: Verified<massu::Event>) -> Verified<massu::Event> {
    Verified { event, ..other }
}

fn main() {
    let _ = build;
}
