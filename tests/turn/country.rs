//! The country of a server, from a small generated database.

use std::fs;

use super::{mmdb, rows_of};
use crate::support::coturn::Coturn;
use crate::support::program::Home;

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_server_outside_the_eea_is_a_warning() {
    let coturn = Coturn::start_with(&["--no-auth", "--no-tls", "--no-dtls", "-L", "127.0.0.2"]);
    let home = Home::new();
    let database = [("127.0.0.1".parse().unwrap(), "DE"), ("127.0.0.2".parse().unwrap(), "US")];
    fs::write(home.path().join("c.mmdb"), mmdb::with(&database)).unwrap();
    let line = format!("probe 127.0.0.1:{0} 127.0.0.2:{0} [::1]:{0} --geoip c.mmdb --json", coturn.port);
    let (rows, status) = rows_of(&home.run(&line));
    assert_eq!(status, Some(0), "a warning is no failure");
    assert_eq!(rows[0]["country"], "DE");
    assert_eq!(rows[0]["warnings"].as_array().unwrap().len(), 0);
    assert_eq!(rows[1]["country"], "US");
    assert_eq!(rows[1]["warnings"][0]["code"], "country-outside-eea");
    assert!(rows[2]["country"].is_null());
    home.run("probe 127.0.0.1 --geoip nowhere.mmdb").fails(2, "cannot use nowhere.mmdb");
    fs::write(home.path().join("bad.mmdb"), "no database").unwrap();
    home.run("probe 127.0.0.1 --geoip bad.mmdb").fails(2, "cannot use bad.mmdb");
}
