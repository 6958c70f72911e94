//! The examples of the help texts, a few for each command.

pub(super) const STUN: &str = "\
Examples:
  cowork-calls stun list
  cowork-calls stun add stun.example.de --first
  cowork-calls stun remove 3";

pub(super) const STUN_LIST: &str = "\
Examples:
  cowork-calls stun list
  cowork-calls stun list --json | jq -r '.servers[].uri'";

pub(super) const STUN_ADD: &str = "\
Examples:
  cowork-calls stun add stun.example.de   port 3478
  cowork-calls stun add stun.example.de:443 --first
  cowork-calls stun add stuns:stun.example.de '[2001:db8::1]'
  cowork-calls stun add                   asks for it";

pub(super) const STUN_REMOVE: &str = "\
Examples:
  cowork-calls stun remove stun.example.de
  cowork-calls stun remove 1 3   by position, as the list shows them
  cowork-calls stun remove       offers a choice";

pub(super) const STUN_SET: &str = "\
Examples:
  cowork-calls stun set stun.example.de stun.example.org:443
  cowork-calls stun set stun.example.de --dry-run   what would change?";

pub(super) const STUN_MOVE: &str = "\
Examples:
  cowork-calls stun move stun.example.de 1   to the front
  cowork-calls stun move 3 2
  cowork-calls stun move                     offers a choice";

pub(super) const STUN_CLEAR: &str = "\
Examples:
  cowork-calls stun clear
  cowork-calls stun clear --yes   without a question";

pub(super) const STUN_EXAMPLES: &str = "\
Examples:
  cowork-calls stun examples
  cowork-calls stun examples --json | jq -r '.examples[].uri' |
      cowork-calls probe --input -";

pub(super) const TURN: &str = "\
Examples:
  cowork-calls turn list
  cowork-calls turn add turn.example.de --username cowork \\
      --password-stdin < turn.pw
  cowork-calls probe --turn";

pub(super) const TURN_LIST: &str = "\
Examples:
  cowork-calls turn list
  cowork-calls turn list --show-secrets";

pub(super) const TURN_ADD: &str = "\
Examples:
  cowork-calls turn add turn.example.de --username cowork \\
      --password-stdin < turn.pw
  cowork-calls turn add turns:turn.example.de --username cowork \\
      --password-file /run/secrets/turn
  cowork-calls turn add turn.example.de --secret-file /run/secrets/turn-rest
  cowork-calls turn add   asks for all of it";

pub(super) const TURN_EDIT: &str = "\
Examples:
  cowork-calls turn edit 1 --password-stdin < new.pw
  cowork-calls turn edit 2 --uri 'turn:turn.example.de:443?transport=tcp'
  cowork-calls turn edit   offers a choice";

pub(super) const TURN_REMOVE: &str = "\
Examples:
  cowork-calls turn remove turn.example.de
  cowork-calls turn remove   offers a choice";

pub(super) const TURN_SET: &str = "\
Examples:
  cowork-calls turn set servers.json
  echo '[{\"uri\":\"turn.example.de\",\"secret-file\":\"/run/secrets/turn\"}]' |
      cowork-calls turn set -";

pub(super) const TURN_MOVE: &str = "\
Examples:
  cowork-calls turn move turn.example.de 1   to the front
  cowork-calls turn move                     offers a choice";

pub(super) const TURN_CLEAR: &str = "\
Examples:
  cowork-calls turn clear
  cowork-calls turn clear --yes   without a question";

pub(super) const REACTIONS: &str = "\
Examples:
  cowork-calls reactions list
  cowork-calls reactions add :rocket:
  cowork-calls reactions check 🎉 || echo 'not allowed'";

pub(super) const REACTIONS_LIST: &str = "\
Examples:
  cowork-calls reactions list
  cowork-calls reactions list --json | jq -r '.reactions[].emoji'";

pub(super) const REACTIONS_ADD: &str = "\
Examples:
  cowork-calls reactions add 🚀 :wave_tone3:
  cowork-calls reactions add :tada: --first";

pub(super) const REACTIONS_REMOVE: &str = "\
Examples:
  cowork-calls reactions remove :thumbsdown:
  cowork-calls reactions remove   offers a choice";

pub(super) const REACTIONS_SET: &str = "\
Examples:
  cowork-calls reactions set 👍 👏 🎉
  cowork-calls reactions set :thumbsup: :clap: --dry-run";

pub(super) const REACTIONS_MOVE: &str = "\
Examples:
  cowork-calls reactions move 🎉 1   to the front
  cowork-calls reactions move       offers a choice";

pub(super) const REACTIONS_CLEAR: &str = "\
Examples:
  cowork-calls reactions clear
  cowork-calls reactions clear --yes   without a question";

pub(super) const REACTIONS_CHECK: &str = "\
Examples:
  cowork-calls reactions check 🎉 :rocket:
  cowork-calls reactions check 🎉 --quiet && echo allowed";

pub(super) const POLICY: &str = "\
Examples:
  cowork-calls policy         which one is in effect
  cowork-calls policy relay   hide participants' addresses from each other";

pub(super) const SHOW: &str = "\
Examples:
  cowork-calls show
  cowork-calls show --json | jq .warnings";

pub(super) const CONFIG: &str = "\
Examples:
  cowork-calls config check
  cowork-calls config edit
  cowork-calls config undo";

pub(super) const CONFIG_PATH: &str = "\
Examples:
  cowork-calls config path
  sudo cowork-calls config path --system";

pub(super) const CONFIG_CHECK: &str = "\
Examples:
  cowork-calls config check
  cowork-calls config check --strict --quiet   in a pipeline: warnings fail too";

pub(super) const CONFIG_HISTORY: &str = "\
Examples:
  cowork-calls config history
  cowork-calls config history --json | jq '.versions[-1]'";

pub(super) const CONFIG_UNDO: &str = "\
Examples:
  cowork-calls config undo     the version before
  cowork-calls config undo 3   version 3 of the history";

pub(super) const MAN: &str = "\
Examples:
  cowork-calls man /usr/local/share/man/man1
  cowork-calls man | man -l -";

pub(super) const COMPLETIONS: &str = "\
Examples:
  cowork-calls completions bash > /etc/bash_completion.d/cowork-calls
  source <(COMPLETE=bash cowork-calls)   knows your settings too";

pub(super) const PROBE: &str = "\
Examples:
  cowork-calls probe                          every configured server
  cowork-calls probe stun.example.de turns:turn.example.de \\
      --username ada --password-stdin < turn.pw
  cowork-calls probe --watch --interval 10s   until Ctrl-C
  cowork-calls probe --input servers.txt --json | jq .summary
  cowork-calls probe --self-test              is it this machine, or the server?";
