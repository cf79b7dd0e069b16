use countersign::{Verified, massu};

fn main() {
    let _ = <Verified<massu::Event> as Default>::default;
}
