//! The commands that hints and warnings suggest, quoted as in 'cowork-calls show'.

/// Commands that do nothing with the settings, as long as they name what they need.
const WITHOUT_SETTINGS: [&str; 2] = ["cowork-calls man ", "cowork-calls nat "];

/// Joins the commands of a suggestion.
const AND: &str = " && ";

/// Returns a text in which the commands have the `option` that chose the settings file, so that they change no other one.
pub fn with_option(text: &str, option: &str) -> String {
    if option.is_empty() {
        return text.to_owned();
    }
    let add = |command: &str| match command {
        command if WITHOUT_SETTINGS.iter().any(|start| command.starts_with(start)) => command.to_owned(),
        command if command.ends_with(" --help") || command.ends_with(option) => command.to_owned(),
        command => format!("{command} {option}"),
    };
    with_commands(text, |commands| commands.split(AND).map(add).collect::<Vec<_>>().join(AND))
}

/// Returns a text in which `map` was applied to each quoted command.
pub fn with_commands(text: &str, map: impl Fn(&str) -> String) -> String {
    let mut mapped = String::new();
    let mut rest = text;
    while let Some((before, command, after)) = next(rest) {
        mapped += before;
        mapped += &map(command);
        rest = after;
    }
    mapped + rest
}

/// Returns a text that `wrap` wraps between words, without breaking the commands in it, so that they can be copied.
pub fn with_whole_commands(text: &str, wrap: impl Fn(&str) -> String) -> String {
    const KEPT: &str = "\u{a0}";
    wrap(&with_commands(text, |command| command.replace(' ', KEPT))).replace(KEPT, " ")
}

/// Returns the first command in a text.
pub fn first_command(text: &str) -> Option<&str> {
    next(text).map(|(_, command, _)| command)
}

/// Returns the first command in a text, and what is before and after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, command) = text.split_at(text.find("'cowork-calls ")? + 1);
    let is_end = |(at, _): &(usize, &str)| !command[..*at].ends_with('\\');
    let end = command.match_indices('\'').find(is_end).map_or(command.len(), |(end, _)| end);
    let (command, after) = command.split_at(end);
    Some((before, command, after))
}

/// Quotes an argument for a shell. There are no quotation marks, because the whole command stands between some.
pub fn shell_quoted(argument: &str) -> String {
    let mut quoted = String::new();
    for c in argument.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !"/._-:,+=@%".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_that_reads_the_settings_gets_the_option() {
        for (text, expected) in [
            ("do it: 'cowork-calls stun clear'", "do it: 'cowork-calls stun clear OPTION'"),
            (
                "it's 'cowork-calls show', or 'cowork-calls turn list'.",
                "it's 'cowork-calls show OPTION', or 'cowork-calls turn list OPTION'.",
            ),
            (
                "'cowork-calls stun add URI && cowork-calls stun remove a'",
                "'cowork-calls stun add URI OPTION && cowork-calls stun remove a OPTION'",
            ),
            (
                "see 'cowork-calls probe --help' or 'cowork-calls man probe'",
                "see 'cowork-calls probe --help' or 'cowork-calls man probe'",
            ),
            ("'cowork-calls nat stun:a' and '--stun'", "'cowork-calls nat stun:a' and '--stun'"),
        ] {
            assert_eq!(with_option(text, "OPTION"), expected);
            assert_eq!(with_option(expected, "OPTION"), expected, "it is added once");
            assert_eq!(with_option(text, ""), text);
        }
    }

    #[test]
    fn an_argument_is_quoted_without_quotation_marks() {
        assert_eq!(shell_quoted("/etc/calls-2/config.toml"), "/etc/calls-2/config.toml");
        assert_eq!(shell_quoted("my 'ü' $x.toml"), "my\\ \\'ü\\'\\ \\$x.toml");
        let option = format!("--config {}", shell_quoted("it's"));
        let text = with_option("'cowork-calls show' and 'cowork-calls probe'", &option);
        assert_eq!(text, "'cowork-calls show --config it\\'s' and 'cowork-calls probe --config it\\'s'");
        assert_eq!(with_option(&text, &option), text);
    }
}
