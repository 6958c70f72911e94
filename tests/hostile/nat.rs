//! Servers with two addresses that lie about the NAT.

use super::datagrams::{CHANGES, changed, good};
use super::run::{TIMEOUT, run};
use super::{ERROR, Replies, SUCCESS, error_code, mapped, plain, response};
use crate::support::fake_server::FakeServer;

#[test]
fn a_nat_test_with_two_hostile_addresses_ends() {
    // The answers of the second address to the tests.
    let answers: [Replies; 4] = [
        |_, _| vec![vec![0xff; 65_507]],
        |request, client| vec![good(request, client); 100],
        |request, _| vec![response(request, ERROR, &error_code(420, b"\x1b[31m\xe2\x80\xae"))],
        |request, client| (0..CHANGES).map(|change| changed(good(request, client), change)).collect(),
    ];
    std::thread::scope(|scope| {
        for answer in answers {
            scope.spawn(move || {
                let second = FakeServer::start("127.0.0.2", answer);
                let other = second.address;
                let first = FakeServer::start("127.0.0.1", move |request, client| {
                    if request.len() > 20 {
                        return answer(request, client);
                    }
                    let body = [mapped(client), plain(0x802c, other), plain(0x802b, other)].concat();
                    vec![response(request, SUCCESS, &body)]
                });
                for format in ["", "--json"] {
                    run(&format!("nat {} {format} --timeout {TIMEOUT:?}", first.uri()), "");
                }
            });
        }
    });
    // Second addresses that are unreachable, broadcast, or the client itself.
    for other in ["0.0.0.0:0", "255.255.255.255:65535", "224.0.0.1:1", "127.0.0.1:0", "127.0.0.2:1"] {
        let other = other.parse().unwrap();
        let server = FakeServer::start("127.0.0.1", move |request, client| {
            vec![response(request, SUCCESS, &[mapped(client), plain(0x802c, other)].concat())]
        });
        run(&format!("nat {} --timeout {TIMEOUT:?}", server.uri()), "");
    }
}
