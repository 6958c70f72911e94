//! The keys that are typed at the terminal, one by one and without echo.

use std::io::{self, ErrorKind, stdin};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::mode::{SingleKeys, TypedAhead};

/// A key, or what it does to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Enter,
    Escape,
    Backspace,
    Delete,
    /// Ctrl-U.
    DeleteBefore,
    /// Ctrl-W.
    DeleteWord,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    /// Ctrl-D.
    EndOfInput,
    /// A key without a meaning here.
    Other,
}

/// How long the rest of an escape sequence may take; a lone Esc is known after that.
const REST: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// The longest escape sequence that is read as one key.
const LONGEST: usize = 16;

/// The keyboard of standard input.
pub(super) struct Keyboard {
    _mode: SingleKeys,
}

impl Keyboard {
    /// Reads key by key until the returned value is dropped.
    pub(super) fn open(ahead: TypedAhead) -> io::Result<Self> {
        Ok(Keyboard { _mode: SingleKeys::begin(ahead)? })
    }

    /// Waits for a key.
    ///
    /// # Errors
    /// When the input ends, the terminal fails or a signal arrives.
    pub(super) fn key(&self) -> io::Result<Key> {
        decode(&mut byte, &mut is_followed)
    }
}

fn byte() -> io::Result<u8> {
    let mut byte = [0];
    match rustix::io::read(stdin(), &mut byte)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(byte[0]),
    }
}

/// Whether another byte follows at once, as in an escape sequence.
fn is_followed() -> io::Result<bool> {
    let input = stdin();
    Ok(poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&REST))? > 0)
}

/// Reads the bytes of one key.
fn decode(
    next: &mut impl FnMut() -> io::Result<u8>,
    is_followed: &mut impl FnMut() -> io::Result<bool>,
) -> io::Result<Key> {
    Ok(match next()? {
        b'\r' | b'\n' => Key::Enter,
        0x1b if !is_followed()? => Key::Escape,
        0x1b => sequence(next, is_followed)?,
        0x01 => Key::Home,
        0x05 => Key::End,
        0x04 => Key::EndOfInput,
        0x08 | 0x7f => Key::Backspace,
        0x15 => Key::DeleteBefore,
        0x17 => Key::DeleteWord,
        b'\t' => Key::Down,
        first if first < 0x20 => Key::Other,
        first => character(first, next)?,
    })
}

/// Reads an escape sequence after its first byte (ECMA-48 section 5.4, and SS3 of VT100).
fn sequence(
    next: &mut impl FnMut() -> io::Result<u8>,
    is_followed: &mut impl FnMut() -> io::Result<bool>,
) -> io::Result<Key> {
    let introducer = next()?;
    if !matches!(introducer, b'[' | b'O') {
        // Alt and another key.
        return Ok(Key::Other);
    }
    let mut bytes = Vec::new();
    while bytes.len() < LONGEST && is_followed()? {
        bytes.push(next()?);
        if bytes.last().is_some_and(|last| (0x40..=0x7e).contains(last)) {
            break;
        }
    }
    Ok(match bytes.as_slice() {
        b"A" => Key::Up,
        b"B" => Key::Down,
        b"C" => Key::Right,
        b"D" => Key::Left,
        b"Z" => Key::Up,
        b"H" | b"1~" | b"7~" => Key::Home,
        b"F" | b"4~" | b"8~" => Key::End,
        b"3~" => Key::Delete,
        b"5~" => Key::PageUp,
        b"6~" => Key::PageDown,
        _ => Key::Other,
    })
}

/// Reads the rest of a character in UTF-8.
fn character(first: u8, next: &mut impl FnMut() -> io::Result<u8>) -> io::Result<Key> {
    let mut bytes = [first, 0, 0, 0];
    let length = match first {
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
        _ => 1,
    };
    for byte in &mut bytes[1..length] {
        *byte = next()?;
    }
    let text = std::str::from_utf8(&bytes[..length]).ok();
    Ok(text.and_then(|text| text.chars().next()).map_or(Key::Other, Key::Char))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use super::*;

    /// The keys in some bytes, which arrive together.
    fn keys(bytes: &[u8]) -> Vec<Key> {
        let rest = RefCell::new(VecDeque::from(bytes.to_vec()));
        let mut next = || rest.borrow_mut().pop_front().ok_or_else(|| ErrorKind::UnexpectedEof.into());
        let mut is_followed = || Ok(!rest.borrow().is_empty());
        std::iter::from_fn(|| decode(&mut next, &mut is_followed).ok()).collect()
    }

    #[test]
    fn bytes_become_keys() {
        assert_eq!(keys("aü🚀\r".as_bytes()), [Key::Char('a'), Key::Char('ü'), Key::Char('🚀'), Key::Enter]);
        assert_eq!(keys(b"\x1b[A\x1bOB\x1b[3~\x7f"), [Key::Up, Key::Down, Key::Delete, Key::Backspace]);
        assert_eq!(keys(b"\x1b"), [Key::Escape]);
    }

    #[test]
    fn what_is_not_understood_is_one_key_without_a_meaning() {
        assert_eq!(keys(b"\x1b[1;5Cx"), [Key::Other, Key::Char('x')], "Ctrl and an arrow");
        assert_eq!(keys(b"\x1bbx"), [Key::Other, Key::Char('x')], "Alt-b");
        assert_eq!(keys(b"\x1b[200~x"), [Key::Other, Key::Char('x')], "a paste");
        assert_eq!(keys(b"\xffabcx"), [Key::Other, Key::Char('x')], "no UTF-8");
        assert_eq!(keys(b"\x00\x1a"), [Key::Other, Key::Other]);
    }
}
