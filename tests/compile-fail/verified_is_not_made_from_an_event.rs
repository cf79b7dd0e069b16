use countersign::{Verified, massu};

fn convert(event: massu::Event) -> Verified<massu::Event> {
    event.into()
}

fn main() {
    let _ = convert;
}
