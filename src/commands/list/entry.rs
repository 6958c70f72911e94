//! What differs between the commands of the three lists: the STUN servers, the TURN servers and the reactions.

use crate::config::edit::{Edit, ListEdit};
use crate::config::settings::{Entry, List, Settings};
use crate::error::CommandError;
use crate::render::settings::Listed;

/// An entry of a list that has commands.
pub(crate) trait ListEntry: Entry + Listed {
    /// An entry in prompts: `server` or `reaction`.
    const NOUN: &'static str;
    /// The prompt for entries to add.
    const PROMPT: &'static str;
    /// What the prompt requires, as in `an address is required`.
    const VALUE: &'static str;
    /// The accepted spellings, shown before the prompt.
    const FORMS: &'static str;

    /// The list in effect.
    fn list(settings: &Settings) -> &List<Self>;
    /// An edit of this list as an edit of the settings.
    fn edit(edit: ListEdit<Self>) -> Edit;
    /// Parses an entry as it is typed.
    fn parse_key(text: &str) -> Result<Self::Key, CommandError>;
    /// The entry in menus.
    fn label(&self) -> String {
        self.key().to_string()
    }
}
