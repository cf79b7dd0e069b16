use countersign::{Verified, massu};

fn change(mut verified: Verified<massu::Event>, event: massu::Event) {
    *verified = event;
}

fn main() {
    let _ = change;
}
