//! A behaviour server on loopback.
