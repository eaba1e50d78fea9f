//! Values between rusqlite's types and PostgreSQL's wire format.

use std::error::Error;

use postgres::types::FromSql as FromWire;
use postgres::types::IsNull;
use postgres::types::ToSql as ToWire;
use postgres::types::Type;
use postgres::types::private::BytesMut;
use rusqlite::ToSql;
use rusqlite::types::FromSql;
use rusqlite::types::FromSqlError;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;

use crate::store::engine::SqlResult;

/// A parameter, written as the type that the server expects there.
#[derive(Debug)]
pub(super) struct Param<'a>(ToSqlOutput<'a>);

impl<'a> Param<'a> {
    pub(super) fn of(value: &'a dyn ToSql) -> SqlResult<Param<'a>> {
        Ok(Param(value.to_sql()?))
    }

    fn value(&self) -> ValueRef<'_> {
        match &self.0 {
            ToSqlOutput::Borrowed(value) => *value,
            ToSqlOutput::Owned(value) => value.into(),
            // Features of rusqlite that are off.
            _ => ValueRef::Null,
        }
    }
}

impl ToWire for Param<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self.value(), wanted) {
            (ValueRef::Null, _) => return Ok(IsNull::Yes),
            (ValueRef::Integer(number), &Type::BOOL) => out.extend_from_slice(&[u8::from(number != 0)]),
            (ValueRef::Integer(number), &Type::INT8) => out.extend_from_slice(&number.to_be_bytes()),
            (ValueRef::Integer(number), &Type::INT4) => out.extend_from_slice(&i32::try_from(number)?.to_be_bytes()),
            (ValueRef::Integer(number), &Type::FLOAT8) => out.extend_from_slice(&(number as f64).to_be_bytes()),
            (ValueRef::Real(number), &Type::FLOAT8) => out.extend_from_slice(&number.to_be_bytes()),
            // PostgreSQL keeps no text with NUL. Records cannot have one: in JSON it is written as an escape.
            (ValueRef::Text(text), &Type::TEXT | &Type::VARCHAR | &Type::NAME) if text.contains(&0) => {
                out.extend_from_slice(std::str::from_utf8(text)?.replace('\0', "\u{FFFD}").as_bytes());
            }
            (ValueRef::Text(bytes), &Type::TEXT | &Type::VARCHAR | &Type::NAME)
            | (ValueRef::Blob(bytes), &Type::BYTEA) => out.extend_from_slice(bytes),
            (value, wanted) => return Err(format!("{} where {wanted} is expected", value.data_type()).into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_wanted: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(wanted, out)
    }
}

/// A column's value as it came.
struct Wire<'a>(ValueRef<'a>);

impl<'a> FromWire<'a> for Wire<'a> {
    fn from_sql(given: &Type, bytes: &'a [u8]) -> Result<Wire<'a>, Box<dyn Error + Sync + Send>> {
        Ok(Wire(match *given {
            Type::BOOL => ValueRef::Integer(i64::from(bytes != [0])),
            Type::INT2 => ValueRef::Integer(i16::from_be_bytes(bytes.try_into()?).into()),
            Type::INT4 => ValueRef::Integer(i32::from_be_bytes(bytes.try_into()?).into()),
            Type::INT8 => ValueRef::Integer(i64::from_be_bytes(bytes.try_into()?)),
            Type::FLOAT8 => ValueRef::Real(f64::from_be_bytes(bytes.try_into()?)),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::JSON => ValueRef::Text(bytes),
            Type::BYTEA => ValueRef::Blob(bytes),
            ref other => return Err(format!("a column of type {other}").into()),
        }))
    }

    fn from_sql_null(_given: &Type) -> Result<Wire<'a>, Box<dyn Error + Sync + Send>> {
        Ok(Wire(ValueRef::Null))
    }

    fn accepts(_given: &Type) -> bool {
        true
    }
}

pub(super) fn at(row: &postgres::Row, column: usize) -> SqlResult<ValueRef<'_>> {
    Ok(row.try_get::<usize, Wire<'_>>(column)?.0)
}

pub(super) fn read<T: FromSql>(row: &postgres::Row, column: usize) -> SqlResult<T> {
    let value = at(row, column)?;
    T::column_result(value).map_err(|error| unreadable(column, value, error).into())
}

/// The error that rusqlite returns for such a value.
fn unreadable(column: usize, value: ValueRef<'_>, error: FromSqlError) -> rusqlite::Error {
    match error {
        FromSqlError::OutOfRange(number) => rusqlite::Error::IntegralValueOutOfRange(column, number),
        other => rusqlite::Error::FromSqlConversionFailure(column, value.data_type(), Box::new(other)),
    }
}
