//! IPv4 addresses and ports as text: tens of thousands of them, without memory of their own and without the general formatter of the
//! standard library.

use std::net::{Ipv4Addr, SocketAddrV4};

/// The length of the longest address, `255.255.255.255:65535`.
const LONGEST: usize = 21;

/// A short text.
#[derive(Default)]
pub struct Text {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Text {
    /// Returns an address as `Display` writes it.
    pub fn of_ip(ip: Ipv4Addr) -> Self {
        let mut text = Text::default();
        for (place, byte) in ip.octets().into_iter().enumerate() {
            if place > 0 {
                text.push(b'.');
            }
            text.push_number(byte.into());
        }
        text
    }

    /// Returns an address with a port as `Display` writes it.
    pub fn of_socket(address: SocketAddrV4) -> Self {
        let mut text = Text::of_ip(*address.ip());
        text.push(b':');
        text.push_number(address.port());
        text
    }

    /// Returns a port as `Display` writes it.
    pub fn of_port(port: u16) -> Self {
        let mut text = Text::default();
        text.push_number(port);
        text
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn push_number(&mut self, number: u16) {
        for unit in [10_000, 1_000, 100, 10] {
            if number >= unit {
                self.push_digit(number / unit);
            }
        }
        self.push_digit(number);
    }

    /// Adds the last digit of a number.
    fn push_digit(&mut self, number: u16) {
        self.push(b'0' + (number % 10) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_the_standard_library_writes_them() {
        for bytes in [[0, 0, 0, 0], [9, 10, 99, 100], [255, 199, 200, 1], [255; 4]] {
            for port in [0, 1, 80, 443, 3478, 65535] {
                let address = SocketAddrV4::new(bytes.into(), port);
                assert_eq!(Text::of_socket(address).as_str(), address.to_string());
                assert_eq!(Text::of_ip(bytes.into()).as_str(), Ipv4Addr::from(bytes).to_string());
                assert_eq!(Text::of_port(port).as_str(), port.to_string());
            }
        }
    }
}
