//! The servers that some tests need, which `tests/run.sh` starts.

use std::io::Write;

/// Returns the address of a server, which the environment variable `variable` has. Without it, says that the tests of `what` are
/// left out, or panics if `MAILTALLY_ALL` is 1.
pub(crate) fn server(variable: &str, what: &str) -> Option<String> {
    match address(variable, what, std::env::var(variable).ok(), is_complete()) {
        Ok(address) => Some(address),
        Err(left_out) => {
            // What `eprintln` prints is shown only if a test fails.
            std::io::stderr().write_all(format!("{left_out}\n").as_bytes()).unwrap();
            None
        }
    }
}

/// Returns whether no test may be left out.
pub(crate) fn is_complete() -> bool {
    std::env::var("MAILTALLY_ALL").is_ok_and(|all| all == "1")
}

/// Returns the address, or what is left out without it.
fn address(variable: &str, what: &str, value: Option<String>, is_complete: bool) -> Result<String, String> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        assert!(!is_complete, "{what}: {variable} is not set, and MAILTALLY_ALL=1 leaves nothing out");
        format!("left out: {what} (set {variable}, or run tests/run.sh)")
    })
}

#[test]
fn a_test_is_left_out_without_its_server_and_never_if_all_must_run() {
    let address =
        |value: &str, is_complete| address("MAILTALLY_X", "tests of X", Some(value.to_owned()), is_complete);
    assert_eq!(address("x://127.0.0.1:1", true).as_deref(), Ok("x://127.0.0.1:1"));
    let left_out = "left out: tests of X (set MAILTALLY_X, or run tests/run.sh)";
    assert_eq!(address("", false).unwrap_err(), left_out);
    let panic = std::panic::catch_unwind(|| address("", true)).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert_eq!(text, "tests of X: MAILTALLY_X is not set, and MAILTALLY_ALL=1 leaves nothing out");
}

/// PostgreSQL answers the question whether it speaks TLS with one letter.
#[test]
fn a_postgresql_server_answers() {
    let Some(url) = server("MAILTALLY_POSTGRES", "the check that PostgreSQL answers") else { return };
    let address = url.split(['@', '/']).find(|part| part.contains(':') && !part.ends_with(':')).unwrap();
    let mut connection = std::net::TcpStream::connect(address).unwrap();
    connection.write_all(&[0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F]).unwrap();
    let mut answer = [0];
    std::io::Read::read_exact(&mut connection, &mut answer).unwrap();
    assert!(matches!(answer, [b'N' | b'S']), "{answer:?}");
}
