//! The decision of an edit, and why a change fails.

use thiserror::Error;

use super::error::StoreError;

/// The decision of an edit: to keep the settings, or to save new ones.
pub enum Change<T> {
    /// Nothing is written; the value goes to the caller of [`Store::change`](super::Store::change).
    Unchanged(T),
    /// These bytes become the settings; the value goes to the caller of [`Store::change`](super::Store::change).
    Save(Vec<u8>, T),
}

/// Why a change failed.
#[derive(Debug, Error)]
pub enum ChangeError<E> {
    /// The settings could not be locked, read, saved or recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the edit itself returned.
    #[error("{0}")]
    Edit(E),
}
