//! What the stores in tables share: messages and sums as bytes, and answers made of them. It knows no database.

mod answer;
mod batch;
mod bytes;
mod codec;
mod cube;
mod history;
mod numbers;
mod question;
mod sums;
mod unmerged;

pub(super) use answer::Answer;
pub(super) use batch::{Batch, Change, add_live, insert, thin};
pub(super) use cube::BY_SEND;
pub(super) use history::{History, day_of};
pub(super) use question::Question;
pub(super) use sums::{Sums, add_pieces};
pub(super) use unmerged::Unmerged;
