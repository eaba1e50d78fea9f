//! The fetcher against published suites and a loopback server.
