//! What the compiler refuses, and so nobody can get wrong: each beside what it accepts, so that neither is refused for another
//! reason than the one it stands for.

/// `Name: what both begin with, what is accepted, what is refused;`
macro_rules! refused {
    ($($name:ident: $begin:literal, $accepted:literal, $refused:literal;)+) => {$(
        #[doc = concat!("```\n", $begin, "\n", $accepted, "\n```\n\n```compile_fail\n", $begin, "\n", $refused, "\n```")]
        pub struct $name;
    )+};
}

// A verifier vouches for the events of its own sender.
refused! {
    IncomingForAnotherProvider:
        "use countersign::{Massu, Rejection, Verified, Incoming, massu, mutx};",
        "fn verify(incoming: Incoming<Massu>) { let _ = incoming.verify::<massu::Event>(); }",
        "fn verify(incoming: Incoming<Massu>) { let _ = incoming.verify::<mutx::Event>(); }";
    VerifyForAnotherSender:
        "use countersign::{Massu, Rejection, Verified, Verifier, massu, mutx};",
        "fn verify(by: Verifier<Massu>) -> Result<Verified<massu::Event>, Rejection> { by.verify(&[(\"a\", \"b\")], \"\") }",
        "fn verify(by: Verifier<Massu>) -> Result<Verified<mutx::Event>, Rejection> { by.verify(&[(\"a\", \"b\")], \"\") }";
    RouteForAnotherSender:
        "use countersign::{Massu, Verified, Verifier, massu, mutx};
        fn extracts<S, E: axum::extract::FromRequest<S>>() {}",
        "extracts::<Verifier<Massu>, Verified<massu::Event>>();",
        "extracts::<Verifier<Massu>, Verified<mutx::Event>>();";
}

// A proof comes from a verification and from nowhere else, and stays as it was.
refused! {
    VerifiedIsNotBuilt:
        "use countersign::{Verified, massu};",
        "fn build(event: massu::Event, other: Verified<massu::Event>) -> Verified<massu::Event> { other }",
        "fn build(event: massu::Event, other: Verified<massu::Event>) -> Verified<massu::Event> { Verified { event, ..other } }";
    VerifiedIsNotMadeFromAnEvent:
        "use countersign::{Verified, massu};",
        "fn convert(event: massu::Event) -> Box<massu::Event> { event.into() }",
        "fn convert(event: massu::Event) -> Verified<massu::Event> { event.into() }";
    VerifiedIsNotChanged:
        "use countersign::{Verified, massu};",
        "fn change(mut verified: Box<massu::Event>, event: massu::Event) { *verified = event; }",
        "fn change(mut verified: Verified<massu::Event>, event: massu::Event) { *verified = event; }";
    VerifiedHasNoDefault:
        "use countersign::{Verified, massu};
        fn has_default<T: Default>() {}",
        "has_default::<Option<Verified<massu::Event>>>();",
        "has_default::<Verified<massu::Event>>();";
    VerifiedIsNotDeserialised:
        "use countersign::{Verified, massu};
        fn deserialised<T: serde::de::DeserializeOwned>() {}",
        "deserialised::<std::marker::PhantomData<Verified<massu::Event>>>();",
        "deserialised::<Verified<massu::Event>>();";
    MessageIsNotBuilt:
        "use countersign::Message;",
        "let _ = Message::body;",
        "let _ = Message::new;";
    UnsignedIsNotBuilt:
        "use countersign::Unsigned;",
        "fn read(unsigned: &Unsigned) -> Option<&str> { unsigned.event().and(unsigned.delivery()) }",
        "fn build() -> Unsigned { Unsigned { event: None, delivery: None } }";
}

// A secret is shown to nobody, and there is always one.
refused! {
    SecretIsNotBytes:
        "use countersign::Secret;
        fn bytes<T: AsRef<[u8]>>() {}",
        "bytes::<String>();",
        "bytes::<Secret>();";
    SecretIsNotCompared:
        "use countersign::Secret;
        fn compared<T: PartialEq>() {}",
        "compared::<String>();",
        "compared::<Secret>();";
    SecretIsNotDisplayed:
        "use countersign::Secret;
        fn displayed<T: std::fmt::Display>() {}",
        "displayed::<String>();",
        "displayed::<Secret>();";
    SecretIsNotSerialised:
        "use countersign::Secret;
        fn serialised<T: serde::Serialize>() {}",
        "serialised::<String>();",
        "serialised::<Secret>();";
    SecretsAreNotDefaulted:
        "use countersign::Secrets;
        fn has_default<T: Default>() {}",
        "has_default::<Option<Secrets>>();",
        "has_default::<Secrets>();";
}

// A sender without a documented envelope has neither times nor typed events.
refused! {
    MaxAgeWithoutATime:
        "use countersign::{Massu, Mutx, Secret, Verifier};
        let secret = Secret::new(\"s\").unwrap();",
        "let _ = Verifier::<Massu>::new(secret).unwrap().max_age(std::time::Duration::MAX);",
        "let _ = Verifier::<Mutx>::new(secret).unwrap().max_age(std::time::Duration::MAX);";
    MaxAgeWithoutAnEnvelope:
        "use countersign::{Massu, Secret, Verifier, Workspace};
        let secret = Secret::new(\"s\").unwrap();",
        "let _ = Verifier::<Massu>::new(secret).unwrap().max_age(std::time::Duration::MAX);",
        "let _ = Verifier::<Workspace>::new(secret).unwrap().max_age(std::time::Duration::MAX);";
    EventsWithoutAnEnvelope:
        "use countersign::{Massu, Provider, Rejection, Secret, Verifier, Workspace};
        macro_rules! verify { ($sender:ident) => {
            countersign::events! { pub enum Event for $sender { \"made\" => Made } }
            let verifier = Verifier::<$sender>::new(Secret::new(\"s\").unwrap()).unwrap();
            let _ = verifier.verify::<Event>(&[(\"a\", \"b\")], \"\");
        } }",
        "verify!(Massu);",
        "verify!(Workspace);";
}

// A provider whose honest events can be equal has no repeats, unless a service says so.
refused! {
    DedupeWithoutAnIdentity:
        "use countersign::dedupe::{Dedupe, MemoryStore};
        use countersign::{Mutx, Secret, Verifier, VerifyMiddleware, mutx};
        let verify = VerifyMiddleware::<mutx::Event>::new(Verifier::<Mutx>::new(Secret::new(\"s\").unwrap()).unwrap());",
        "let _ = verify.dedupe_equal_bodies(Dedupe::new(MemoryStore::new(1)));",
        "let _ = verify.dedupe(Dedupe::new(MemoryStore::new(1)));";
}
