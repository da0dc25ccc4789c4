//! Writes and reads attributes.
//!
//! They are a sequence of values without recursion: JSON texts would be simpler, but the reader of JSON refuses values that are
//! nested deeper than 128 times, and events may have them.

use std::collections::BTreeMap;
use std::mem;

use serde_json::{Map, Value};

use super::super::file::{Decoder, Encoder};
use super::super::history::Attributes;
use crate::event::Event;
use crate::store::snapshot_error::SnapshotError;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NUMBER: u8 = 3;
const STRING: u8 = 4;
const ARRAY: u8 = 5;
const OBJECT: u8 = 6;

/// Writes attributes.
pub(super) fn write(encoder: &mut Encoder, attributes: &Attributes) {
    encoder.varint(attributes.len() as u64);
    for (name, value) in attributes {
        encoder.str(name);
        write_value(encoder, value);
    }
}

/// Writes a value; numbers as their texts, which are exact.
fn write_value(encoder: &mut Encoder, value: &Value) {
    match value {
        Value::Null => encoder.u8(NULL),
        Value::Bool(value) => encoder.u8(if *value { TRUE } else { FALSE }),
        Value::Number(number) => {
            encoder.u8(NUMBER);
            encoder.str(&number.to_string());
        }
        Value::String(text) => {
            encoder.u8(STRING);
            encoder.str(text);
        }
        Value::Array(items) => {
            encoder.u8(ARRAY);
            encoder.varint(items.len() as u64);
            items.iter().for_each(|item| write_value(encoder, item));
        }
        Value::Object(pairs) => {
            encoder.u8(OBJECT);
            encoder.varint(pairs.len() as u64);
            for (name, value) in pairs {
                encoder.str(name);
                write_value(encoder, value);
            }
        }
    }
}

/// Reads attributes.
pub(super) fn read(decoder: &mut Decoder<'_>) -> Result<Attributes, SnapshotError> {
    let mut left = Event::MAX_ATTRIBUTE_BYTES;
    let mut attributes = BTreeMap::new();
    for _ in 0..decoder.count(2)? {
        let name = read_text(decoder, &mut left)?;
        attributes.insert(name, read_value(decoder, &mut left)?);
    }
    Ok(attributes)
}

/// A list of values that is not complete.
#[derive(Debug)]
enum Open {
    Array { missing: usize, items: Vec<Value> },
    Object { missing: usize, pairs: Map<String, Value>, name: String },
}

/// Reads a value. `left` is the number of bytes that it may have; so it is not nested too deep for functions that recurse.
fn read_value(decoder: &mut Decoder<'_>, left: &mut usize) -> Result<Value, SnapshotError> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        let mut value = match start(decoder, left)? {
            Started::Whole(value) => value,
            Started::Open(list) => {
                open.push(list);
                continue;
            }
        };
        loop {
            match open.last_mut() {
                None => return Ok(value),
                Some(list) => match list.add(value, decoder, left)? {
                    None => break,
                    Some(whole) => value = whole,
                },
            }
            open.pop();
        }
    }
}

#[derive(Debug)]
enum Started {
    Whole(Value),
    Open(Open),
}

fn start(decoder: &mut Decoder<'_>, left: &mut usize) -> Result<Started, SnapshotError> {
    take(decoder, left, 16)?;
    Ok(Started::Whole(match decoder.u8()? {
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        NUMBER => {
            let text = decoder.str()?;
            let number = text.parse().map_err(|_| decoder.damaged(format!("the number `{text}`")))?;
            Value::Number(number)
        }
        STRING => Value::String(read_text(decoder, left)?),
        ARRAY => match decoder.count(1)? {
            0 => Value::Array(Vec::new()),
            missing => return Ok(Started::Open(Open::Array { missing, items: Vec::new() })),
        },
        OBJECT => match decoder.count(2)? {
            0 => Value::Object(Map::new()),
            missing => {
                let name = read_text(decoder, left)?;
                return Ok(Started::Open(Open::Object { missing, pairs: Map::new(), name }));
            }
        },
        other => return Err(decoder.damaged(format!("a value of the type {other}"))),
    }))
}

impl Open {
    /// Adds a value. Returns the list if it is complete.
    fn add(
        &mut self,
        value: Value,
        decoder: &mut Decoder<'_>,
        left: &mut usize,
    ) -> Result<Option<Value>, SnapshotError> {
        match self {
            Self::Array { missing, items } => {
                items.push(value);
                *missing -= 1;
                Ok((*missing == 0).then(|| Value::Array(mem::take(items))))
            }
            Self::Object { missing, pairs, name } => {
                pairs.insert(mem::take(name), value);
                *missing -= 1;
                if *missing == 0 {
                    return Ok(Some(Value::Object(mem::take(pairs))));
                }
                *name = read_text(decoder, left)?;
                Ok(None)
            }
        }
    }
}

fn read_text(decoder: &mut Decoder<'_>, left: &mut usize) -> Result<String, SnapshotError> {
    let text = decoder.str()?;
    take(decoder, left, text.len())?;
    Ok(text.to_owned())
}

fn take(decoder: &Decoder<'_>, left: &mut usize, bytes: usize) -> Result<(), SnapshotError> {
    let rest = left.checked_sub(bytes);
    *left = rest.ok_or_else(|| decoder.damaged("more attributes than an event can have"))?;
    Ok(())
}
