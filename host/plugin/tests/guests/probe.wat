;; A room type written by hand on the canonical ABI, for tests of limits and for the benchmark. What it
;; does is chosen by the caller: a message's number, the length of a room type's name.
(module
  (import "parlor:room/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  ;; type (3), payload (4), audience (4), options (1)
  (import "parlor:room/room@0.1.0" "broadcast"
    (func $broadcast (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "parlor:room/room@0.1.0" "broadcast-patch" (func $broadcast-patch))
  (import "parlor:room/room@0.1.0" "disconnect" (func $disconnect (param i32)))
  ;; to (2), code, message (2), where the answer goes: one byte of result, one of error
  (import "parlor:room/clients@0.1.0" "error" (func $error (param i32 i32 i32 i32 i32 i32)))
  ;; changes (2), where the answer goes
  (import "parlor:room/state@0.1.0" "apply" (func $apply (param i32 i32 i32)))
  (import "parlor:room/random@0.1.0" "next" (func $random (result i64)))
  ;; room type (2), options (3), where the answer goes: one byte of result, then from 4 on the error
  (import "parlor:room/matchmaker@0.1.0" "create" (func $create (param i32 i32 i32 i32 i32 i32)))

  (memory (export "memory") 1)
  (table $table 1 funcref)

  ;; 0..64: answers of hooks. 64..128: answers of imports. 128..: constants. 1024..: what the host hands in.
  (global $free (mut i32) (i32.const 1024))
  ;; What save and restore are about.
  (global $count (mut i32) (i32.const 0))

  (data (i32.const 128) "no, thank you")
  (data (i32.const 144) "left")
  (data (i32.const 152) "1.2.3")
  ;; A schema: one struct "S" with the fields "x" (float64) and "tags" (map of string).
  (data (i32.const 256) "S" "x" "tags")
  ;; name; type: a variant in 1 byte with a payload of up to 4, aligned to 2; view tag: none
  (data (i32.const 272)
    "\01\01\00\00" "\01\00\00\00" "\00\00" "\0c\00" "\00\00\00\00" "\00\00\00\00\00\00\00\00")
  (data (i32.const 296)
    "\02\01\00\00" "\04\00\00\00" "\02\00" "\00\00" "\00\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; name, extends, fields
  (data (i32.const 320) "\00\01\00\00" "\01\00\00\00" "\00\00\00\00" "\10\01\00\00" "\02\00\00\00")
  ;; The same with a field without a name.
  (data (i32.const 344)
    "\00\01\00\00" "\00\00\00\00" "\00\00" "\0c\00" "\00\00\00\00" "\00\00\00\00\00\00\00\00")
  (data (i32.const 368) "\00\01\00\00" "\01\00\00\00" "\00\00\00\00" "\58\01\00\00" "\01\00\00\00")
  ;; A batch of one change: set field 0 of node 0 to the float 1.5.
  (data (i32.const 392)
    "\01\00\00\00\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\04\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\f8\3f" "\00\00\00\00\00\00\00\00")

  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
    (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  ;; After each hook: nothing of what was handed in is kept.
  (func $forget (param i32) (global.set $free (i32.const 1024)))

  (func $ok (result i32)
    (i32.store (i32.const 0) (i32.const 0))
    (i32.const 0))

  (func $refuse (param $code i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (i32.const 0))
    (i32.store (i32.const 8) (local.get $code))
    (i32.store (i32.const 12) (i32.const 128))
    (i32.store (i32.const 16) (i32.const 13))
    (i32.const 0))

  (func $forever (loop $again (br $again)))
  (func $nest (param i32) (result i32)
    (i32.add (call $nest (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func $eat
    (loop $again
      (br_if $again (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))))
  (func $spin (param $rounds i32)
    (loop $again
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds))))

  ;; The name's length says which definition: 4 none ever, 5 one with a bad schema, 6 one with a state,
  ;; 7 none, because it calls what it may not; else one without a state.
  (func (export "parlor:room/hooks@0.1.0#define") (param $name i32) (param $length i32) (result i32)
    (if (i32.eq (local.get $length) (i32.const 4)) (then (call $forever)))
    (if (i32.eq (local.get $length) (i32.const 7)) (then (call $broadcast-patch)))
    (call $log (i32.const 1) (local.get $name) (local.get $length))
    (i32.store (i32.const 0) (i32.const 152))
    (i32.store (i32.const 4) (i32.const 5))
    (i64.store (i32.const 8) (i64.const 0))
    (i64.store (i32.const 16) (i64.const 0))
    (i64.store (i32.const 24) (i64.const 0))
    (if (i32.eq (local.get $length) (i32.const 5))
      (then
        (i32.store8 (i32.const 12) (i32.const 1))
        (i32.store (i32.const 16) (i32.const 368))
        (i32.store (i32.const 20) (i32.const 1))))
    (if (i32.eq (local.get $length) (i32.const 6))
      (then
        (i32.store8 (i32.const 8) (i32.const 1))
        (i32.store8 (i32.const 12) (i32.const 1))
        (i32.store (i32.const 16) (i32.const 320))
        (i32.store (i32.const 20) (i32.const 1))
        (i32.store8 (i32.const 28) (i32.const 1))))
    (i32.const 0))

  ;; Who has a token may come in; the options are given back.
  (func (export "parlor:room/hooks@0.1.0#authenticate")
    (param i32 i32) (param $form i32) (param $at i32) (param $length i32)
    (param $has-token i32) (param i32 i32) (param i32 i32) (param i32 i32)
    (result i32)
    (if (i32.eqz (local.get $has-token)) (then (return (call $refuse (i32.const 525)))))
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (i32.const 1))
    (i32.store (i32.const 8) (local.get $form))
    (i32.store (i32.const 12) (local.get $at))
    (i32.store (i32.const 16) (local.get $length))
    (i32.const 0))

  (func (export "parlor:room/hooks@0.1.0#on-create") (param i32 i32 i32) (result i32) (call $ok))
  (func (export "parlor:room/hooks@0.1.0#on-join") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $refuse (i32.const 4001)))

  (func (export "parlor:room/hooks@0.1.0#on-message")
    (param $sender i32) (param $sender-length i32)
    (param $type i32) (param $number i32) (param $type-length i32)
    (param $payload i32) (param $a i32) (param $b i32) (param $c i32)
    (param $expects-reply i32)
    (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (if (local.get $type)
      (then
        (block $default
          (block $13 (block $12 (block $11 (block $10 (block $9 (block $8 (block $7 (block $6 (block $5
          (block $4 (block $3 (block $2 (block $1
            (br_table $default $1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $11 $12 $13 $default (local.get $number)))
            ;; 1: never ends
            (call $forever))
            ;; 2: takes all memory, and gives up
            (call $eat)
            (unreachable))
            ;; 3: nests without end
            (drop (call $nest (i32.const 0))))
            ;; 4: gives up
            (unreachable))
            ;; 5: divides by zero
            (drop (i32.div_u (i32.const 1) (i32.const 0))))
            ;; 6: reads far beyond its memory
            (drop (i32.load (i32.const -8))))
            ;; 7: takes all memory, and goes on
            (call $eat)
            (return (call $ok)))
            ;; 8: takes a larger table; says by a refusal whether it got it
            (return (call $refuse
              (i32.add (i32.const 4001) (table.grow $table (ref.null func) (i32.const 1000000))))))
            ;; 9: computes for a while, more than one tick and less than its time
            (call $spin (i32.const 20000000))
            (return (call $ok)))
            ;; 10: does what the host forbids
            (call $disconnect (i32.const 1)))
            ;; 11: tells the sender by an error, and sets a field; refuses with 4200, plus one for each that fails
            (call $error
              (local.get $sender) (local.get $sender-length)
              (i32.const 4002)
              (i32.const 144) (i32.const 4)
              (i32.const 64))
            (call $apply (i32.const 392) (i32.const 1) (i32.const 72))
            (return (call $refuse
              (i32.add
                (i32.const 4200)
                (i32.add (i32.load8_u (i32.const 64)) (i32.load8_u (i32.const 72)))))))
            ;; 12: fails
            (i32.store (i32.const 0) (i32.const 1))
            (i32.store (i32.const 4) (i32.const 1))
            (i32.store (i32.const 8) (i32.const 144))
            (i32.store (i32.const 12) (i32.const 4))
            (return (i32.const 0)))
            ;; 13: asks for three rooms; refuses with 4300 and the number of the last error
            (call $create (i32.const 144) (i32.const 4) (i32.const 1) (i32.const 144) (i32.const 4) (i32.const 64))
            (call $create (i32.const 144) (i32.const 4) (i32.const 1) (i32.const 144) (i32.const 4) (i32.const 64))
            (call $create (i32.const 144) (i32.const 4) (i32.const 1) (i32.const 144) (i32.const 4) (i32.const 64))
            (return (call $refuse (i32.add (i32.const 4300) (i32.load8_u (i32.const 68))))))))
    ;; else: sends it to everybody, and back
    (call $broadcast
      (local.get $type) (local.get $number) (local.get $type-length)
      (local.get $payload) (local.get $a) (local.get $b) (local.get $c)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 2))
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (local.get $payload))
    (i32.store (i32.const 8) (local.get $a))
    (i32.store (i32.const 12) (local.get $b))
    (i32.store (i32.const 16) (local.get $c))
    (i32.const 0))

  ;; Gives the payload back, or refuses with 4001 if nobody waits for it.
  (func (export "parlor:room/hooks@0.1.0#on-room-message")
    (param i32 i32) (param i32 i32) (param i32 i32 i32)
    (param $payload i32) (param $a i32) (param $b i32) (param $c i32)
    (param $expects-reply i32)
    (result i32)
    (if (i32.eqz (local.get $expects-reply)) (then (return (call $refuse (i32.const 4001)))))
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (local.get $payload))
    (i32.store (i32.const 8) (local.get $a))
    (i32.store (i32.const 12) (local.get $b))
    (i32.store (i32.const 16) (local.get $c))
    (i32.const 0))

  (func (export "cabi_post_parlor:room/hooks@0.1.0#define") (param i32) (call $forget (local.get 0)))
  (func (export "cabi_post_parlor:room/hooks@0.1.0#authenticate") (param i32) (call $forget (local.get 0)))
  (func (export "cabi_post_parlor:room/hooks@0.1.0#on-message") (param i32) (call $forget (local.get 0)))
  (func (export "cabi_post_parlor:room/hooks@0.1.0#on-room-message") (param i32) (call $forget (local.get 0)))

  (func (export "parlor:room/hooks@0.1.0#on-drop") (param i32 i32) (param $close-code i32) (result i32)
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (i32.const 1))
    (i32.store (i32.const 8) (local.get $close-code))
    (i32.const 0))
  (func (export "parlor:room/hooks@0.1.0#on-reconnect") (param i32 i32) (result i32) (call $ok))
  (func (export "parlor:room/hooks@0.1.0#on-leave") (param i32 i32 i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (i32.const 144))
    (i32.store (i32.const 8) (i32.const 4))
    (i32.const 0))
  (func (export "parlor:room/hooks@0.1.0#on-tick") (param f64) (result i32) (call $ok))
  ;; Fails with its tag.
  (func (export "parlor:room/hooks@0.1.0#on-timer")
    (param $tag i32) (param $length i32) (param i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (local.get $tag))
    (i32.store (i32.const 8) (local.get $length))
    (i32.const 0))
  ;; Fails with its channel.
  (func (export "parlor:room/hooks@0.1.0#on-published")
    (param $channel i32) (param $length i32) (param i32 i32 i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (local.get $channel))
    (i32.store (i32.const 8) (local.get $length))
    (i32.const 0))
  (func (export "parlor:room/hooks@0.1.0#on-before-patch") (result i32) (call $ok))
  ;; Gives up unless there is time left.
  (func (export "parlor:room/hooks@0.1.0#on-shutdown") (param $grace f64) (result i32)
    (if (f64.le (local.get $grace) (f64.const 0)) (then (unreachable)))
    (call $ok))
  (func (export "parlor:room/hooks@0.1.0#on-dispose") (result i32) (drop (call $random)) (call $ok))

  ;; The number of messages so far, in four bytes.
  (func (export "parlor:room/hooks@0.1.0#save") (result i32)
    (i32.store (i32.const 32) (global.get $count))
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (i32.const 0))
    (i32.store (i32.const 8) (i32.const 32))
    (i32.store (i32.const 12) (i32.const 4))
    (i32.const 0))
  (func (export "parlor:room/hooks@0.1.0#restore") (param $form i32) (param $at i32) (param $length i32) (param $state i32) (result i32)
    (global.set $count (i32.load (local.get $at)))
    (call $ok)))
