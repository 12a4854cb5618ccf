// Closures behind 30 frames on a thread, maps, and panics that are caught; prints "ok".
use std::collections::BTreeMap;
#[inline(never)]
fn descend(depth: u32, f: &mut dyn FnMut() -> u64) -> u64 {
    if depth == 0 { f() } else { descend(depth - 1, f) + 1 }
}
#[inline(never)]
fn work(round: u64) -> u64 {
    let mut map = BTreeMap::new();
    for i in 0..20000u64 { map.insert(i.wrapping_mul(0x9e3779b97f4a7c15) ^ round, i); }
    map.values().take(100).sum()
}
fn main() {
    let thread = std::thread::spawn(|| {
        let mut sum = 0u64;
        for round in 0..60 {
            let caught = std::panic::catch_unwind(|| { if round % 7 == 3 { std::panic::resume_unwind(Box::new(1)); } });
            sum = sum.wrapping_add(caught.is_err() as u64);
            sum = sum.wrapping_add(descend(30, &mut || work(round)));
        }
        sum
    });
    println!("{}", if thread.join().unwrap() > 0 { "ok" } else { "none" });
}
