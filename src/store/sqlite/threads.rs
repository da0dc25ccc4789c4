//! The threads that work on the file: one that writes, and several that read.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::keep_less::Step;
use super::reply::Reply;
use super::write::Writer;
use crate::event::Event;
use crate::store::{Recorded, StoreError, Thinned};

/// The number of batches that are recorded in one transaction, if they wait for it.
const MAX_BATCHES: usize = 16;

/// What the writing thread is asked to do.
pub(super) enum Writing {
    Record { events: Vec<Event>, reply: Reply<Result<Recorded, StoreError>> },
    Thin { thinned: Thinned, step: Step, reply: Reply<Result<Thinned, StoreError>> },
    Other(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// What a reading thread is asked to do.
pub(super) type Reading = Box<dyn FnOnce(&mut Connection) + Send>;

/// The threads. They end when this is dropped, after what they are doing.
#[derive(Debug)]
pub(super) struct Threads {
    writing: Option<Sender<Writing>>,
    reading: Option<Sender<Reading>>,
    threads: Vec<JoinHandle<()>>,
}

impl Threads {
    /// Starts the threads.
    pub(super) fn start(
        writer: Writer,
        readers: Vec<Connection>,
        checkpoints: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (writing, to_write) = channel();
        let (reading, to_read) = channel::<Reading>();
        let to_read = Arc::new(Mutex::new(to_read));
        let named = |name: &str| thread::Builder::new().name(format!("mailtally-sqlite-{name}"));
        let mut threads = vec![named("log").spawn(checkpoints)?];
        threads.push(named("writer").spawn(move || write(writer, &to_write))?);
        for mut connection in readers {
            let to_read = Arc::clone(&to_read);
            let next = move || to_read.lock().unwrap_or_else(PoisonError::into_inner).recv();
            threads.push(named("reader").spawn(move || {
                while let Ok(job) = next() {
                    job(&mut connection);
                }
            })?);
        }
        Ok(Self { writing: Some(writing), reading: Some(reading), threads })
    }

    /// Asks the writing thread. If it ended, what is asked is dropped, and with it the reply.
    pub(super) fn write(&self, job: Writing) {
        if let Some(writing) = &self.writing {
            let _ = writing.send(job);
        }
    }

    /// Asks a reading thread.
    pub(super) fn read(&self, job: Reading) {
        if let Some(reading) = &self.reading {
            let _ = reading.send(job);
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        (self.writing, self.reading) = (None, None);
        for thread in self.threads.drain(..) {
            // A thread that panicked said so already.
            let _ = thread.join();
        }
    }
}

/// Does what comes, and the next step of thinning whenever nothing waits for longer.
fn write(mut writer: Writer, jobs: &Receiver<Writing>) {
    let mut waiting: VecDeque<Writing> = VecDeque::new();
    loop {
        if waiting.is_empty() {
            match jobs.recv() {
                Ok(job) => waiting.push_back(job),
                Err(_) => return,
            }
        }
        while let Ok(job) = jobs.try_recv() {
            waiting.push_back(job);
        }
        match waiting.pop_front() {
            Some(Writing::Record { events, reply }) => {
                let mut batches = vec![(events, reply)];
                let is_record = |job: Option<&Writing>| matches!(job, Some(Writing::Record { .. }));
                while batches.len() < MAX_BATCHES
                    && is_record(waiting.front())
                    && let Some(Writing::Record { events, reply }) = waiting.pop_front()
                {
                    batches.push((events, reply));
                }
                record(&mut writer, batches);
            }
            Some(Writing::Thin { thinned, step, reply }) => match writer.thin_step(step) {
                Ok(Step::Over) => reply.send(Ok(thinned)),
                Ok(step) => waiting.push_back(Writing::Thin { thinned, step, reply }),
                Err(error) => reply.send(Err(error.into())),
            },
            Some(Writing::Other(job)) => job(&mut writer),
            None => {}
        }
    }
}

type Batch = (Vec<Event>, Reply<Result<Recorded, StoreError>>);

fn record(writer: &mut Writer, batches: Vec<Batch>) {
    let events: Vec<&[Event]> = batches.iter().map(|(events, _)| &events[..]).collect();
    let results = writer.record(&events);
    for ((_, reply), result) in batches.into_iter().zip(results) {
        reply.send(result);
    }
}
