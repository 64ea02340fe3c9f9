//! Where a door listens: an address and a port, or a unix socket with an owner, a group and a mode.
//!
//! A unix socket is made with mode 0, given away, and opened last: at no moment is it open to more than it should
//! be, whatever the umask. One that a dead process left behind is replaced; one that somebody answers on is not.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, lchown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use nix::unistd::{Group, User};
use rustix::fs::{Mode, fchmod};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::config::doors::{Account, Listen, Socket};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Why nothing listens.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The address can be reached from elsewhere.
    #[error(
        "{0} can be reached from other machines: listen on a loopback address or a unix socket, or set allow_remote = \
         true if only mail servers get there"
    )]
    Exposed(Listen),
    /// The same, for a door whose protocol has a place for a key.
    #[error(
        "{0} can be reached from other machines: set require_key = true, or listen on a loopback address or a unix \
         socket, or set allow_remote = true if only mail servers get there"
    )]
    Unguarded(Listen),
    /// A living process has it.
    #[error("{0} is in use by another process; stop that one first, or name another")]
    InUse(Listen),
    /// It is something that we did not make.
    #[error("{} is there and no socket; name another path, or remove it", .0.display())]
    NotASocket(PathBuf),
    /// The socket cannot be given to whom it should.
    #[error("{0}: there is no such user or group")]
    Nobody(String),
    /// It cannot be listened on.
    #[error("{0}: {1}")]
    Failed(Listen, io::Error),
}

/// Something that connections come from. A unix socket is removed when this goes.
#[derive(Debug)]
pub enum Listener {
    /// A TCP port.
    Tcp(TcpListener),
    /// A unix socket with its file.
    Unix(UnixListener, SocketFile),
}

/// What protects a door beside its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Nothing: the protocol has no place for a key.
    None,
    /// The protocol has a place for a key, but the door does not require one.
    Waived,
    /// A key, or a client certificate.
    Asked,
}

impl Protection {
    /// Protection of a door whose protocol has a place for a key.
    pub fn key(required: bool) -> Self {
        if required { Self::Asked } else { Self::Waived }
    }
}

/// Whether a door may listen there.
pub fn check(socket: &Socket, guard: Protection) -> Result<(), SocketError> {
    owners(socket)?;
    if socket.listen.is_local() || socket.allow_remote {
        return Ok(());
    }

    match guard {
        Protection::Asked => Ok(()),
        Protection::Waived => Err(SocketError::Unguarded(socket.listen.clone())),
        Protection::None => Err(SocketError::Exposed(socket.listen.clone())),
    }
}

/// Whom the file of a socket is given to.
fn owners(socket: &Socket) -> Result<(Option<u32>, Option<u32>), SocketError> {
    let owner = socket.owner.as_ref().map(user).transpose()?;
    let group = socket.group.as_ref().map(group).transpose()?;
    Ok((owner, group))
}

/// Listens on a port.
pub fn on_port(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    // Bound with room for few; said again it is for so many.
    rustix::net::listen(&listener, BACKLOG)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Listens, without waiting for connections.
pub fn listen(socket: &Socket) -> Result<Listener, SocketError> {
    let failed = |why: io::Error| SocketError::Failed(socket.listen.clone(), why);

    match &socket.listen {
        Listen::Tcp(address) => {
            let listener = on_port(*address).map_err(|why| match why.kind() {
                io::ErrorKind::AddrInUse => SocketError::InUse(socket.listen.clone()),
                _ => failed(why),
            })?;
            Ok(Listener::Tcp(listener))
        }
        Listen::Unix(path) => {
            let (owner, group) = owners(socket)?;
            make_room(socket, path)?;
            let (listener, file) = bind(path).map_err(|why| failed(why.into()))?;
            lchown(path, owner, group).map_err(failed)?;
            fs::set_permissions(path, Permissions::from_mode(socket.mode.0)).map_err(failed)?;
            rustix::net::listen(&listener, BACKLOG).map_err(|why| failed(why.into()))?;
            Ok(Listener::Unix(listener.into(), file))
        }
    }
}

/// A socket at the path that nobody may use yet.
fn bind(path: &Path) -> Result<(OwnedFd, SocketFile), Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    // The file gets the mode that the socket has.
    fchmod(&socket, Mode::empty())?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    let file = SocketFile { path: path.to_owned(), made: fs::symlink_metadata(path).ok() };
    Ok((socket, file))
}

/// Removes what a dead process has left.
fn make_room(socket: &Socket, path: &Path) -> Result<(), SocketError> {
    let failed = |why: io::Error| SocketError::Failed(socket.listen.clone(), why);
    match fs::symlink_metadata(path) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(failed(why)),
        Ok(there) if !there.file_type().is_socket() => return Err(SocketError::NotASocket(path.to_owned())),
        Ok(_) => {}
    }

    match call(path) {
        Err(Errno::CONNREFUSED) => fs::remove_file(path).map_err(failed),
        // One that is too busy to take us is alive.
        Ok(()) | Err(Errno::AGAIN) => Err(SocketError::InUse(socket.listen.clone())),
        Err(why) => Err(failed(why.into())),
    }
}

fn call(path: &Path) -> Result<(), Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::connect(socket, &SocketAddrUnix::new(path)?)
}

fn user(account: &Account) -> Result<u32, SocketError> {
    number(account, |name| Ok(User::from_name(name)?.map(|user| user.uid.as_raw())))
}

fn group(account: &Account) -> Result<u32, SocketError> {
    number(account, |name| Ok(Group::from_name(name)?.map(|group| group.gid.as_raw())))
}

fn number(account: &Account, look_up: impl Fn(&str) -> nix::Result<Option<u32>>) -> Result<u32, SocketError> {
    match account {
        Account::Number(number) => Ok(*number),
        Account::Name(name) => {
            let found = name.parse().ok().or_else(|| look_up(name).ok().flatten());
            found.ok_or_else(|| SocketError::Nobody(name.clone()))
        }
    }
}

impl Listener {
    /// Where it listens; the port that the system gave included.
    pub fn address(&self, asked: &Listen) -> Listen {
        match self {
            Self::Tcp(listener) => listener.local_addr().map_or_else(|_| asked.clone(), Listen::Tcp),
            Self::Unix(..) => asked.clone(),
        }
    }
}

/// The file of a unix socket; removed when this goes, if it is still the one that was made.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    made: Option<Metadata>,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let identity = |file: &Metadata| (file.dev(), file.ino());
        let there = fs::symlink_metadata(&self.path).ok();
        if there.as_ref().map(identity) == self.made.as_ref().map(identity) {
            drop(fs::remove_file(&self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &Path, mode: u32) -> Socket {
        let text = format!("[dovecot]\nlisten = \"unix:{}\"\nmode = \"{mode:04o}\"\n", path.display());
        toml::from_str::<crate::config::doors::Doors>(&text).unwrap().dovecot.unwrap().socket
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_socket_has_its_mode_and_goes_with_its_listener() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");

        for wanted in [0o660, 0o600, 0o666, 0o777] {
            let listener = listen(&at(&path, wanted)).unwrap();
            assert_eq!(mode(&path), wanted);
            std::os::unix::net::UnixStream::connect(&path).unwrap();
            drop(listener);
            assert!(!path.exists());
        }
    }

    /// Between the two nobody but root could connect.
    #[test]
    fn a_socket_is_born_shut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let _bound = bind(&path).unwrap();
        assert_eq!(mode(&path), 0);
    }

    #[test]
    fn what_a_dead_process_left_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists());

        let alive = listen(&at(&path, 0o600)).unwrap();
        assert!(matches!(listen(&at(&path, 0o600)), Err(SocketError::InUse(_))));
        drop(alive);

        fs::write(&path, "a letter").unwrap();
        assert!(matches!(listen(&at(&path, 0o600)), Err(SocketError::NotASocket(_))));
        assert_eq!(fs::read(&path).unwrap(), b"a letter");
    }

    #[test]
    fn a_socket_of_another_process_is_left_alone_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");

        let first = listen(&at(&path, 0o600)).unwrap();
        fs::remove_file(&path).unwrap();

        let second = UnixListener::bind(&path).unwrap();
        drop(first);
        assert!(path.exists());
        drop(second);
    }

    #[test]
    fn accounts_have_names_or_numbers() {
        assert_eq!(user(&Account::Name("root".into())).unwrap(), 0);
        assert_eq!(group(&Account::Name("17".into())).unwrap(), 17);
        assert_eq!(user(&Account::Number(5)).unwrap(), 5);
        assert!(matches!(user(&Account::Name("no such user".into())), Err(SocketError::Nobody(_))));
    }

    #[test]
    fn what_others_can_reach_needs_a_key_or_a_word() {
        let anywhere = Socket { listen: "0.0.0.0:1".parse().unwrap(), ..at(Path::new("/run/s"), 0o600) };
        assert!(matches!(check(&anywhere, Protection::None), Err(SocketError::Exposed(_))));
        assert!(matches!(check(&anywhere, Protection::key(false)), Err(SocketError::Unguarded(_))));
        check(&anywhere, Protection::key(true)).unwrap();
        check(&Socket { allow_remote: true, ..anywhere }, Protection::None).unwrap();
        check(&at(Path::new("/run/s"), 0o600), Protection::None).unwrap();
    }
}
