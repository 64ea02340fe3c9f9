//! Conversations over a stream, without a socket: what the peer does, and what time does.

use std::time::Duration;

use clientpass::clock::Clock;
use clientpass::net::stream_server::{Conversation, Received, Step, converse};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_util::sync::CancellationToken;

use crate::support::time::TestTime;

/// Greets at length, and answers each byte after as many seconds.
struct Echo {
    clock: Clock,
    greeting: usize,
}

impl Conversation for Echo {
    type Answer = u8;

    fn greet(&mut self) -> Vec<u8> {
        vec![b'.'; self.greeting]
    }

    fn read(&mut self, received: &mut Received) -> Option<Step<u8>> {
        let byte = *received.first()?;
        received.remove(0);
        let answered = self.clock.sleep(Duration::from_secs(u64::from(byte - b'0')));
        Some(Step::Ask(Box::pin(async move {
            answered.await;
            byte
        })))
    }

    fn answer(&mut self, answer: u8) -> Step<u8> {
        Step::Say(vec![answer])
    }

    fn read_timeout(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// Runs a conversation beside what its peer does.
fn beside<F: Future<Output = ()>>(
    greeting: usize,
    peer: impl FnOnce(DuplexStream, TestTime, CancellationToken) -> F,
) -> std::io::Result<()> {
    let (time, stop) = (TestTime::new(), CancellationToken::new());
    let clock = Clock::new(std::sync::Arc::new(time.clone()));
    let (ours, theirs) = tokio::io::duplex(64);
    let echo = Echo { clock: clock.clone(), greeting };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (ended, ()) = tokio::join!(converse(ours, echo, &clock, stop.clone()), peer(theirs, time, stop));
        ended
    })
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Until so many wait for a time that is at most so many seconds away.
async fn until_so_many_wait(time: &TestTime, count: usize, within: u64) {
    while time.sleepers_within(seconds(within)) != count {
        tokio::task::yield_now().await;
    }
}

async fn hears(stream: &mut DuplexStream) -> u8 {
    stream.read_u8().await.unwrap()
}

#[test]
fn a_peer_that_takes_nothing_is_given_up_after_five_seconds() {
    let ended = beside(1_000, |stream, time, _stop| async move {
        until_so_many_wait(&time, 1, 5).await;
        time.advance(seconds(5));
        while time.late_sleepers() > 0 {
            tokio::task::yield_now().await;
        }
        drop(stream);
    });
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn answers_come_in_the_order_in_which_they_are_known_and_all_of_them_before_a_stop() {
    let ended = beside(0, |mut stream, time, stop| async move {
        stream.write_all(b"512").await.unwrap();
        until_so_many_wait(&time, 3, 5).await;
        for expected in b"12" {
            time.advance(seconds(1));
            assert_eq!(hears(&mut stream).await, *expected);
        }
        stop.cancel();
        drop(stream.write_all(b"1").await);
        time.advance(seconds(3));
        assert_eq!(hears(&mut stream).await, b'5');
        assert!(stream.read_u8().await.is_err(), "closed, and what came after the stop is not answered");
    });
    ended.unwrap();
}

#[test]
fn read_timeout_is_for_whole_requests_and_questions_on_their_way_do_not_use_it_up() {
    let ended = beside(0, |mut stream, time, _stop| async move {
        stream.write_all(b"9").await.unwrap();
        until_so_many_wait(&time, 1, 9).await;
        time.advance(seconds(9));
        assert_eq!(hears(&mut stream).await, b'9');
        until_so_many_wait(&time, 1, 60).await;
        time.advance(seconds(59));
        stream.write_all(b"2").await.unwrap();
        // It waits for its answer, and no more for a request.
        until_so_many_wait(&time, 0, 1).await;
        time.advance(seconds(2));
        assert_eq!(hears(&mut stream).await, b'2');
        until_so_many_wait(&time, 1, 60).await;
        time.advance(seconds(60));
        assert!(stream.read_u8().await.is_err());
    });
    ended.unwrap();
}
