//! Input from a file or standard input: whole settings, or a list of servers with one address per line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Read as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use super::context::Context;
use crate::config::address::{Kind, ServerUri};
use crate::error::{Code, CommandError};
use crate::store::{MAX_BYTES, describe_unreadable};
use crate::text::shortened;

/// The most bytes of a list of servers: half a million addresses.
const LARGEST_LIST: usize = 16 << 20;
/// The length in bytes of a short line, with an IP address and a port.
const SHORT: usize = 20;
/// The longest line in bytes; no address is longer.
const LONGEST: u64 = 4096;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads a whole file, or standard input for `-`; returns its name for messages, and its bytes, which may hold secrets.
/// At a terminal, a note says that `what` is read there.
pub(super) fn whole(context: &Context, path: &Path, what: &str) -> Result<(String, Vec<u8>), CommandError> {
    let (name, file) = open(context, path, what)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&name, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("{name} is larger than {} MiB", MAX_BYTES >> 20);
        return Err(CommandError::new(Code::InvalidInput, message, "check the path"));
    }
    Ok((name, bytes))
}

/// Reads the servers in a file, or from standard input for `-`: one address per line; empty lines and comments (`#`)
/// are skipped. A bare host is a server of the `usual` kind.
pub(super) fn servers(context: &Context, path: &Path, usual: Kind) -> Result<Vec<ServerUri>, CommandError> {
    let (name, file) = open(context, path, "servers")?;
    // A list that grows is copied, and its old memory is wiped.
    let size = file.metadata().map_or(0, |file| file.len());
    let expected = usize::try_from(size).map_or(0, |size| size.min(LARGEST_LIST) / SHORT);
    read(BufReader::new(file), &name, expected, usual)
}

/// Opens a file, or standard input for `-`; returns its name for messages, too.
fn open(context: &Context, path: &Path, what: &str) -> Result<(String, File), CommandError> {
    let stdin = path == Path::new("-");
    if stdin && io::stdin().is_terminal() {
        context.note(&format!("reading {what} from the terminal; end with Ctrl-D"));
    }
    let name = if stdin { "standard input".to_owned() } else { path.display().to_string() };
    let opened = if stdin { unbuffered_stdin() } else { File::open(path) };
    opened
        .map_err(|error| unreadable(&if stdin { name.clone() } else { name_of(path) }, &error))
        .map(|file| (name, file))
}

/// Standard input without the buffer of the standard library, which would keep secrets until the program ends.
pub(super) fn unbuffered_stdin() -> io::Result<File> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// The name of a file of the command line for an error. Without such a file it may be anything that was typed in its place,
/// such as a secret.
pub(super) fn name_of(file: &Path) -> String {
    let name = file.display().to_string();
    if file.exists() { name } else { shortened(&name).into_owned() }
}

/// Reads a list of about `expected` servers.
fn read(
    mut lines: impl BufRead,
    name: &str,
    expected: usize,
    usual: Kind,
) -> Result<Vec<ServerUri>, CommandError> {
    let mut servers = Vec::with_capacity(expected);
    let mut line = Vec::new();
    let mut total = 0;
    for number in 1_usize.. {
        line.clear();
        let length =
            lines.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(|e| unreadable(name, &e))?;
        if length == 0 {
            break;
        }
        total += length;
        if total > LARGEST_LIST {
            let message = format!("{name} is larger than {} MiB", LARGEST_LIST >> 20);
            return Err(CommandError::new(Code::InvalidInput, message, "probe the list in parts"));
        }
        if line.len() as u64 == LONGEST {
            let message = format!("{name}:{number}: the line is longer than {} bytes", LONGEST - 1);
            return Err(CommandError::new(Code::InvalidAddress, message, "write one address per line"));
        }
        let start = if number == 1 && line.starts_with(BOM) { BOM.len() } else { 0 };
        let text = String::from_utf8_lossy(line.get(start..).unwrap_or_default());
        let address = without_comment(&text).trim();
        if address.is_empty() {
            continue;
        }
        // The line is not shown: this may be a file of secrets, given by mistake.
        let server = ServerUri::parse_any(address, usual).map_err(|error| {
            let message = format!("{name}:{number}: {}", error.unquoted());
            CommandError::new(Code::InvalidAddress, message, error.unquoted_hint())
        })?;
        servers.push(server);
    }
    if servers.is_empty() {
        let message = format!("{name} has no server to probe");
        return Err(CommandError::new(Code::InvalidInput, message, "write one address per line"));
    }
    Ok(servers)
}

/// A line without its comment, which starts the line or follows a space.
fn without_comment(line: &str) -> &str {
    let begins = |(at, _): &(usize, &str)| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let comment = line.match_indices('#').find(begins);
    comment.map_or(line, |(at, _)| line.split_at(at).0)
}

fn unreadable(name: &str, error: &io::Error) -> CommandError {
    let message = format!("cannot read {name}: {}", describe_unreadable(error));
    CommandError::new(Code::InputUnreadable, message, "name a readable file, or - for standard input")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> Result<Vec<String>, String> {
        match read(text, "list.txt", 0, Kind::Stun) {
            Ok(servers) => Ok(servers.iter().map(ToString::to_string).collect()),
            Err(error) => Err(error.message()),
        }
    }

    #[test]
    fn blank_lines_and_comments_are_skipped() {
        let text = "\u{feff}a.example\r\n\n  # all of b\n \t\nstun:b.example:1  # b\n# c.example\nturn:d";
        let servers = ["stun:a.example:3478", "stun:b.example:1", "turn:d:3478?transport=udp"];
        assert_eq!(parsed(text.as_bytes()).unwrap(), servers);
        for empty in [&b""[..], b"\n\n", b"# none\n"] {
            assert_eq!(parsed(empty).unwrap_err(), "list.txt has no server to probe");
        }
    }

    #[test]
    fn a_list_over_16_mib_is_an_error() {
        let line = b"stun:a.example:3478 # this comment makes it longer\n";
        let fits = line.repeat((16 << 20) / line.len());
        assert!(parsed(&fits).is_ok());
        assert_eq!(parsed(&[&fits[..], line].concat()).unwrap_err(), "list.txt is larger than 16 MiB");
    }

    #[test]
    fn a_bad_line_is_reported_by_its_number_and_not_repeated() {
        for (text, expected) in [
            (&b"a\n\nhttp://x\nb\n"[..], "3: this is not a STUN or TURN scheme"),
            (b"a\npassword = 'hunter2'\n", "2: a server address contains no spaces or control characters"),
            (b"password='hunter2'\n", "1: this is not a host name or IP address"),
            (b"alice:hunter2\n", "1: this is not a port"),
            (b"alice:hunter2@a\n", "1: a server address contains no user name"),
            (b"turn:a?hunter2\n", "1: what follows '?' is not a known parameter"),
            (b"turn://hunter2\n", "1: remove '//'"),
            (b"::1\n", "1: put IPv6 addresses in brackets"),
            (b"a#b", "1: a server address contains no path"),
            (b"a\nb\xff\xfe\n", "2: this is not a host name or IP address"),
            (&[b'a'; 1_000_000], "1: the line is longer than 4095 bytes"),
        ] {
            assert_eq!(parsed(text).unwrap_err(), format!("list.txt:{expected}"));
        }
        let error = read(&b"turn://hunter2\n"[..], "list.txt", 1, Kind::Stun).unwrap_err();
        assert_eq!(error.hint(), "write stun:HOST or turn:HOST");
    }
}
