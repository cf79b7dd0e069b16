use countersign::Message;

fn main() {
    let _ = Message::new;
}
