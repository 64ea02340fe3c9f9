//! Argon2id for account passwords, on a bounded pool with memory of its own: at most as many at once as there are
//! cores, each in blocks that are taken once and used again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Error;
use super::check_load::CheckLoad;
use crate::clock::Clock;
use crate::domain::account_password::{candidates, normalised};
use crate::domain::secret::Secret;
use crate::entropy::Entropy;

/// What one hash by Argon2id costs, and how many are computed at once.
#[derive(Clone, Debug)]
pub struct Argon2Params {
    /// The memory of one computation, in KiB.
    pub memory_kib: u32,
    /// How often that memory is passed over.
    pub passes: u32,
    /// How many run at the same time.
    pub at_once: usize,
}

impl Default for Argon2Params {
    /// 19 MiB, two passes, one lane: the minimum of the OWASP Password Storage cheat sheet.
    fn default() -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { memory_kib: 19 * 1024, passes: 2, at_once }
    }
}

impl Argon2Params {
    fn argon2(&self) -> Argon2<'static> {
        let params = Params::new(self.memory_kib, self.passes, 1, None).unwrap_or_default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }
}

/// A comparison that does not get its turn within this time is given up.
const TURN_TIMEOUT: Duration = Duration::from_secs(4);
/// A stored hash that costs more than this is not computed: memory in KiB, passes, lanes.
const MAX_COSTS: (u32, u32, u32) = (24 * 1024, 8, 4);

pub(super) struct PasswordHasher {
    params: Argon2Params,
    turns: Arc<Semaphore>,
    /// For all but mail checks: half of the turns, so that a crowd that signs in holds no mail check up.
    others: Arc<Semaphore>,
    memory: Arc<Memory>,
    clock: Clock,
    entropy: Arc<dyn Entropy>,
    load: CheckLoad,
}

/// What a comparison took once it was its turn, and what came of it.
type Computed<T> = (T, Duration);

impl PasswordHasher {
    pub(super) fn new(params: Argon2Params, clock: Clock, entropy: Arc<dyn Entropy>) -> Self {
        let at_once = params.at_once.max(1);
        let [turns, others] = [at_once, at_once.div_ceil(2)].map(|turns| Arc::new(Semaphore::new(turns)));
        let load = CheckLoad::new(at_once);
        Self { params, turns, others, memory: Arc::default(), clock, entropy, load }
    }

    /// How busy the comparisons of mail checks are.
    pub(super) const fn load(&self) -> &CheckLoad {
        &self.load
    }

    /// Hashes a new account password with a random salt, as a PHC string.
    pub(super) async fn hash(&self, password: &Secret) -> Result<String, Error> {
        let mut salt = [0u8; 16];
        self.entropy.fill(&mut salt)?;
        let (password, argon2) = (normalised(password), self.params.argon2());
        self.run(move |blocks| phc_string(&argon2, &password, &salt, blocks)).await?
    }

    /// Whether `password` is the one of `hash`, in any of its forms.
    pub(super) async fn verify(&self, password: &Secret, hash: &str) -> Result<bool, Error> {
        self.verify_stored(password, StoredHash::parse(hash)?).await
    }

    /// Spends what a wrong password costs, for a login that nobody has.
    pub(super) async fn verify_dummy(&self, password: &Secret) -> Result<(), Error> {
        self.verify_stored(password, StoredHash::nobodys(&self.params)?).await.map(drop)
    }

    async fn verify_stored(&self, password: &Secret, stored: StoredHash) -> Result<bool, Error> {
        let candidates = candidates(password);
        self.run(move |blocks| stored.is_of_any(&candidates, blocks)).await?
    }

    /// Whether a mail client's `password` is the one of `hash`. Refusals are timed by what this takes; where it would
    /// come too late for all of their steps, it is not begun.
    pub(super) async fn verify_for_mail(&self, password: &Secret, hash: &str) -> Result<bool, Error> {
        let (candidates, stored) = (candidates(password), StoredHash::parse(hash)?);
        let asked = self.clock.monotonic();
        let _underway = self.load.begin(asked).ok_or_else(busy)?;
        let computed = self.in_turn(asked, move |blocks| stored.is_of_any(&candidates, blocks)).await;

        let now = self.clock.monotonic();
        let computing = computed.as_ref().ok().map(|(_, computing)| *computing);
        self.load.record(now, now.saturating_sub(asked), computing);
        computed?.0
    }

    /// Computes something that is no mail check.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let asked = self.clock.monotonic();
        let one_of_others = self.turn_of(&self.others, asked).await?;
        let computed = self.in_turn(asked, move |blocks| {
            let done = work(blocks);
            drop(one_of_others);
            done
        });

        Ok(computed.await?.0)
    }

    /// Works in blocks of memory that are this work's alone, once it is its turn.
    async fn in_turn<T: Send + 'static>(
        &self,
        asked: Duration,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<Computed<T>, Error> {
        let turn = self.turn_of(&self.turns, asked).await?;
        let (memory, begun) = (Arc::clone(&self.memory), self.clock.monotonic());
        let done = tokio::task::spawn_blocking(move || {
            let done = memory.lend(work);
            drop(turn);
            done
        });

        let done = done.await.map_err(unusable)?;
        Ok((done, self.clock.monotonic().saturating_sub(begun)))
    }

    async fn turn_of(&self, turns: &Arc<Semaphore>, asked: Duration) -> Result<OwnedSemaphorePermit, Error> {
        let late = async {
            let until = asked.saturating_add(TURN_TIMEOUT);
            self.clock.sleep(until.saturating_sub(self.clock.monotonic())).await;
        };
        tokio::select! {
            biased;
            turn = Arc::clone(turns).acquire_owned() => turn.map_err(|_| busy()),
            () = late => Err(busy()),
        }
    }
}

/// Blocks that nobody works in at the moment: never more than have had a turn at the same time.
#[derive(Debug, Default)]
struct Memory(Mutex<Vec<Vec<Block>>>);

impl Memory {
    fn lend<T>(&self, work: impl FnOnce(&mut Vec<Block>) -> T) -> T {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut blocks = idle().pop().unwrap_or_default();
        let done = work(&mut blocks);
        idle().push(blocks);
        done
    }
}

/// A PHC string taken apart, its costs within bounds. One that cannot be used is a fault and not a wrong password.
struct StoredHash {
    argon2: Argon2<'static>,
    salt: Salt,
    tag: Output,
}

impl StoredHash {
    fn parse(phc: &str) -> Result<Self, Error> {
        let parsed = PasswordHash::new(phc).map_err(unusable)?;
        let (Some(salt), Some(tag)) = (parsed.salt, parsed.hash) else {
            return Err(unusable("it has no salt or no tag"));
        };

        let params = Params::try_from(&parsed).map_err(unusable)?;
        let (memory_kib, passes, lanes) = MAX_COSTS;
        if params.m_cost() > memory_kib || params.t_cost() > passes || params.p_cost() > lanes {
            return Err(unusable("it costs too much"));
        }

        let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).map_err(unusable)?;
        let version = parsed.version.map(Version::try_from).transpose().map_err(unusable)?;
        Ok(Self { argon2: Argon2::new(algorithm, version.unwrap_or_default(), params), salt, tag })
    }

    /// One that no password has.
    fn nobodys(params: &Argon2Params) -> Result<Self, Error> {
        let salt = Salt::new(&[0; 16]).map_err(unusable)?;
        let tag = Output::new(&[0; Params::DEFAULT_OUTPUT_LEN]).map_err(unusable)?;
        Ok(Self { argon2: params.argon2(), salt, tag })
    }

    /// Computes for one after the other until one is right: for a wrong password, for all of them.
    fn is_of_any(&self, candidates: &[Secret], blocks: &mut Vec<Block>) -> Result<bool, Error> {
        for candidate in candidates {
            // Tags are compared in constant time: see `Output`.
            if tag(&self.argon2, candidate, &self.salt, blocks)? == self.tag {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn phc_string(
    argon2: &Argon2<'_>,
    password: &Secret,
    salt: &[u8],
    blocks: &mut Vec<Block>,
) -> Result<String, Error> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params()).map_err(unusable)?,
        salt: Some(Salt::new(salt).map_err(unusable)?),
        hash: Some(tag(argon2, password, salt, blocks)?),
    };

    Ok(hash.to_string())
}

/// Computes in `blocks`, which become more where they are too few.
fn tag(
    argon2: &Argon2<'_>,
    password: &Secret,
    salt: &[u8],
    blocks: &mut Vec<Block>,
) -> Result<Output, Error> {
    let (params, password) = (argon2.params(), password.expose().as_bytes());
    if blocks.len() < params.block_count() {
        blocks.resize(params.block_count(), Block::new());
    }

    let mut tag = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
    argon2
        .hash_password_into_with_memory(password, salt, &mut tag, blocks.as_mut_slice())
        .map_err(unusable)?;
    Output::new(&tag).map_err(unusable)
}

fn busy() -> Error {
    Error::Unavailable("too many account passwords are being compared".into())
}

fn unusable(why: impl std::fmt::Display) -> Error {
    Error::Unavailable(format!("an account password's hash cannot be computed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Sleep, TimeSource, Timestamp};
    use crate::domain::refusal_step::step_from;
    use crate::entropy::SystemEntropy;
    use argon2::PasswordVerifier as _;
    use std::sync::atomic::{AtomicU64, Ordering};

    const CHEAP: Argon2Params = Argon2Params { memory_kib: 64, passes: 1, at_once: 2 };

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    #[test]
    fn a_hash_is_what_the_crate_itself_makes_and_takes() {
        let mut blocks = Vec::new();
        let (argon2, password) = (CHEAP.argon2(), secret("correct horse"));
        let hash = phc_string(&argon2, &password, &[7; 16], &mut blocks).unwrap();
        let theirs = argon2::PasswordHasher::hash_password_with_salt(&argon2, b"correct horse", &[7; 16]);
        assert_eq!(hash, theirs.unwrap().to_string());
        assert!(Argon2::default().verify_password(b"correct horse", hash.as_str()).is_ok());
    }

    #[test]
    fn used_blocks_and_too_many_of_them_change_nothing() {
        let mut blocks = vec![Block::new(); 500];
        for block in &mut blocks {
            block.as_mut().fill(u64::MAX);
        }
        let fresh = phc_string(&CHEAP.argon2(), &secret("correct horse"), &[7; 16], &mut Vec::new()).unwrap();
        let used = phc_string(&CHEAP.argon2(), &secret("correct horse"), &[7; 16], &mut blocks).unwrap();
        assert_eq!((fresh, blocks.len()), (used, 500));
    }

    #[test]
    fn a_hash_made_of_what_was_typed_before_there_was_one_form_goes_on_working() {
        let (argon2, mut blocks) = (CHEAP.argon2(), Vec::new());
        let (composed, decomposed) = (secret("gr\u{fc}nes Gras"), secret("gru\u{308}nes Gras"));
        let old = phc_string(&argon2, &decomposed, &[7; 16], &mut blocks).unwrap();
        let new = phc_string(&argon2, &normalised(&decomposed), &[7; 16], &mut blocks).unwrap();
        let mut is_of = |hash: &str, typed: &Secret| {
            StoredHash::parse(hash).unwrap().is_of_any(&candidates(typed), &mut blocks).unwrap()
        };

        assert!(is_of(&old, &decomposed) && is_of(&new, &decomposed) && is_of(&new, &composed));
        assert!(!is_of(&old, &composed) && !is_of(&new, &secret("grunes Gras")));

        let nobodys = StoredHash::nobodys(&CHEAP).unwrap();
        assert!(!nobodys.is_of_any(&candidates(&decomposed), &mut blocks).unwrap());
    }

    #[test]
    fn what_cannot_be_computed_is_a_fault_and_not_a_wrong_password() {
        let tail = "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let parse = |head: &str| StoredHash::parse(&format!("{head}{tail}"));

        assert!(parse("$argon2id$v=19$m=19456,t=2,p=1").is_ok());
        assert!(parse("$argon2id$v=19$m=24577,t=2,p=1").is_err());
        assert!(parse("$argon2id$v=19$m=19456,t=9,p=1").is_err());
        assert!(parse("$argon2id$v=19$m=19456,t=2,p=5").is_err());
        assert!(parse("$scrypt$ln=17,r=8,p=1").is_err());
        assert!(StoredHash::parse("").is_err());
        assert!(StoredHash::parse("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA").is_err());
    }

    /// Time that passes only when it is looked at.
    #[derive(Default)]
    struct Ticking {
        millis: AtomicU64,
        tick: AtomicU64,
    }

    impl TimeSource for Ticking {
        fn wall(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }
        fn monotonic(&self) -> Duration {
            Duration::from_millis(self.millis.fetch_add(self.tick.load(Ordering::SeqCst), Ordering::SeqCst))
        }
        fn sleep(&self, _: Duration) -> Sleep {
            Box::pin(std::future::pending())
        }
    }

    struct Timed {
        time: Arc<Ticking>,
        hasher: PasswordHasher,
        hash: String,
    }

    impl Timed {
        fn new() -> Self {
            let time = Arc::<Ticking>::default();
            let hasher = PasswordHasher::new(CHEAP, Clock::new(time.clone()), Arc::new(SystemEntropy::new()));
            let hash = phc_string(&CHEAP.argon2(), &secret("right"), &[7; 16], &mut Vec::new()).unwrap();
            Self { time, hasher, hash }
        }

        /// The step of a refusal that comes in now.
        fn step(&self) -> Option<u128> {
            self.time.tick.store(0, Ordering::SeqCst);
            let expected = self.hasher.load().expected(self.time.monotonic());
            step_from(expected.max(Duration::from_millis(50))).map(|step| step.as_millis())
        }

        /// Each look at the clock takes so long from now on; a mail check has three between its first and its last.
        fn each_look_takes(&self, millis: u64) {
            self.time.tick.store(millis, Ordering::SeqCst);
        }

        async fn mail_check(&self) {
            assert!(!self.hasher.verify_for_mail(&secret("wrong"), &self.hash).await.unwrap());
        }
    }

    #[tokio::test]
    async fn refusals_are_timed_by_mail_checks_and_not_by_who_signs_in() {
        let timed = Timed::new();
        assert_eq!(timed.step(), Some(50));

        timed.each_look_takes(500);
        for _ in 0..50 {
            assert!(!timed.hasher.verify(&secret("wrong"), &timed.hash).await.unwrap());
            timed.hasher.verify_dummy(&secret("wrong")).await.unwrap();
        }
        assert_eq!(timed.step(), Some(50));

        timed.each_look_takes(100);
        timed.mail_check().await;
        assert_eq!(timed.step(), Some(400));
    }

    #[tokio::test]
    async fn after_a_minute_refusals_leave_as_early_as_before_and_what_is_too_slow_refuses_nothing() {
        let timed = Timed::new();
        timed.each_look_takes(600);
        timed.mail_check().await;
        assert_eq!(timed.step(), None);

        timed.time.millis.fetch_add(58_000, Ordering::SeqCst);
        assert_eq!(timed.step(), None);
        timed.time.millis.fetch_add(2_000, Ordering::SeqCst);
        assert_eq!(timed.step(), Some(50));
    }

    #[tokio::test]
    async fn who_waits_raises_the_step_and_who_would_wait_too_long_is_turned_away() {
        let timed = Timed::new();
        timed.each_look_takes(60);
        timed.mail_check().await;
        assert_eq!(timed.step(), Some(200));

        let now = timed.time.monotonic();
        let mut waiting: Vec<_> = (0..8).map(|_| timed.hasher.load().begin(now).unwrap()).collect();
        // Five rounds of 60 ms.
        assert_eq!(timed.step(), Some(400));

        waiting.extend((0..46).filter_map(|_| timed.hasher.load().begin(now)));
        assert_eq!((waiting.len(), timed.step()), (52, None), "26 rounds of 60 ms and one more are too many");

        let refused = timed.hasher.verify_for_mail(&secret("right"), &timed.hash).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))));
        drop(waiting);
        assert!(timed.hasher.verify_for_mail(&secret("right"), &timed.hash).await.unwrap());
    }
}
