;; The smallest room type: takes everybody in and does nothing. Its state is one struct `Still` with the
;; fields `x` (float64) and `tags` (map of string). Written by hand on the canonical ABI.
(module
  (memory (export "memory") 1)
  ;; 0..64: answers, all zero: no error, nothing returned, a seat released. 64..96: the definition.
  ;; 1024..: what the host hands in, forgotten after each hook.
  (global $free (mut i32) (i32.const 1024))

  ;; version, encoding, state, optional hooks
  (data (i32.const 64)
    "\0a\01\00\00" "\05\00\00\00" "\00\00\00\00"
    "\01\00\00\00" "\60\01\00\00" "\01\00\00\00" "\00\00\00\00" "\00\00\00\00")
  (data (i32.const 256) "Still" "x" "tags" "1.2.3")
  ;; name; type: a variant in 1 byte with a payload of up to 4, aligned to 2; view tag: none
  (data (i32.const 288)
    "\05\01\00\00" "\01\00\00\00" "\00\00" "\0c\00" "\00\00\00\00" "\00\00\00\00\00\00\00\00")
  (data (i32.const 312)
    "\06\01\00\00" "\04\00\00\00" "\02\00" "\00\00" "\00\00\00\00" "\00\00\00\00\00\00\00\00")
  ;; name, extends, fields
  (data (i32.const 352) "\00\01\00\00" "\05\00\00\00" "\00\00\00\00" "\20\01\00\00" "\02\00\00\00")
  ;; Makes builds of one source differ.
  (data (i32.const 512) "@BUILD@")

  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
    (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  (func $fine (result i32)
    (global.set $free (i32.const 1024))
    (i32.const 0))

  (func (export "parlor:room/hooks@0.1.0#define") (param i32 i32) (result i32) (i32.const 64))
  (func (export "parlor:room/hooks@0.1.0#authenticate")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-create") (param i32 i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-join") (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-message")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-room-message")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-published") (param i32 i32 i32 i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-drop") (param i32 i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-reconnect") (param i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-leave") (param i32 i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-tick") (param f64) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-timer") (param i32 i32 i32 i32 i32 i32) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-before-patch") (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-shutdown") (param f64) (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#on-dispose") (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#save") (result i32) (call $fine))
  (func (export "parlor:room/hooks@0.1.0#restore") (param i32 i32 i32 i32) (result i32) (call $fine)))
