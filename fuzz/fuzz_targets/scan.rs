#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| clientpass_fuzz::run("scan", input));
