//! What the macros say to what they cannot use.

use crate::{data, message, room, state};
use proc_macro2::TokenStream;
use syn::parse_str;

type Macro = fn(&str) -> syn::Result<TokenStream>;

const STATE: Macro = |source| state::derive(&parse_str(source)?);
const MESSAGE: Macro = |source| message::derive(&parse_str(source)?);
const DATA: Macro = |source| data::derive(&parse_str(source)?);
const ROOM: Macro = |source| room::expand(parse_str(source)?);

#[test]
fn mistakes_are_explained() {
    let cases: [(Macro, &str, &str); 20] = [
        (
            STATE,
            "struct A(u8);",
            "the fields of a state struct need names, which clients see",
        ),
        (
            STATE,
            "struct A<T> { a: T }",
            "state types cannot be generic: clients need to know their fields",
        ),
        (
            STATE,
            "struct A { #[state(nmber)] a: f64 }",
            "expected `view`, `view = …`, `id`, `extends`, `skip`, `rename = \"…\"`, or one of number",
        ),
        (
            STATE,
            "struct A { #[state(skip, view)] a: f64 }",
            "`view` hides a field that clients see otherwise",
        ),
        (
            STATE,
            "struct A { #[state(id)] a: InstanceId, #[state(id)] b: InstanceId }",
            "a struct has one id",
        ),
        (
            STATE,
            "struct A { #[state(rename = \"\")] a: f64 }",
            "a field's name cannot be empty",
        ),
        (
            STATE,
            "struct A { #[state(extends)] a: B, #[state(extends)] b: C }",
            "a struct extends one other",
        ),
        (
            STATE,
            "#[state(base = B)] struct A { a: u8 }",
            "`base` is for enums",
        ),
        (
            STATE,
            "#[state(rename_all = \"UPPER\")] struct A { a: u8 }",
            "expected \"camelCase\"",
        ),
        (STATE, "enum A {}", "an enum without variants has no values"),
        (
            STATE,
            "enum A { Dog(Dog) }",
            "an enum of structs needs `#[state(base = …)]`",
        ),
        (
            STATE,
            "#[state(base = B)] enum A { Dog(Dog), None }",
            "a variant of a state enum holds one state struct",
        ),
        (
            MESSAGE,
            "struct A { a: u8 }",
            "messages are an enum with one variant for each type",
        ),
        (
            MESSAGE,
            "enum A { Go, #[message(name = \"go\")] Run }",
            "a second variant for messages of the type \"go\"",
        ),
        (
            MESSAGE,
            "enum A { #[message(other)] B }",
            "write `Other(AnyMessage)`",
        ),
        (
            MESSAGE,
            "enum A { #[message(naem = \"go\")] Go }",
            "expected `name = \"…\"`, `number = …` or `other`",
        ),
        (
            MESSAGE,
            "enum A { #[message(name = \"\")] Go }",
            "a message's type has 1 to 255 bytes",
        ),
        (
            DATA,
            "struct A<'a> { a: &'a str }",
            "generic types need serde's own derives",
        ),
        (ROOM, "impl A {}", "`#[room]` stands over `impl Room for …`"),
        (ROOM, "impl<T> Room for A<T> {}", "a room cannot be generic"),
    ];
    for (expand, source, expected) in cases {
        let error = expand(source).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{source}: {error}");
    }
}

#[test]
fn a_room_is_completed_by_what_its_methods_say() {
    let source = "impl Room for Arena {
        type State = World;
        fn create(ctx: &Context<Self>, options: Setup) -> Result<Self, Refusal> { todo!() }
        fn on_join(&mut self, ctx: &Context<Self>, client: &Client, options: Self::JoinOptions) {}
        fn on_message(&mut self, ctx: &Context<Self>, client: &parlor_sdk::Client<Seen>, message: Input) {}
        fn on_published(&mut self, ctx: &Context<Self>, channel: &str, message: News) {}
        fn on_before_patch(&mut self, ctx: &Context<Self>) {}
    }";
    let expanded = ROOM(source).unwrap().to_string();
    for expected in [
        "type Options = Setup ;",
        "type JoinOptions = () ;",
        "type Message = Input ;",
        "type Timer = () ;",
        "type Published = News ;",
        "type ClientData = Seen ;",
        "const HAS_BEFORE_PATCH : bool = true ;",
        "& mut self . state",
    ] {
        assert!(expanded.contains(expected), "no `{expected}` in {expanded}");
    }
    let empty = ROOM("impl Room for Arena {}").unwrap().to_string();
    for expected in [
        "type State = () ;",
        "type ClientData = () ;",
        "const HAS_BEFORE_PATCH : bool = false ;",
        "fn create",
    ] {
        assert!(empty.contains(expected), "no `{expected}` in {empty}");
    }
}
