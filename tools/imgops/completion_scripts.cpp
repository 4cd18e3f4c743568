// The scripts know nothing of imgops but how to ask it. bash breaks words at ":", "=" and "@",
// which stand in names of images: the script joins what the command line has without a blank
// between, and takes off the candidates what readline will not replace.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/error.hpp"
#include "tools/imgops/completion.hpp"

#include <fmt/format.h>

namespace imgops::cli {
namespace {

constexpr std::string_view bash_script = R"script(# bash completion for imgops
_imgops() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() index word
  for ((index = 0; index <= COMP_CWORD; ++index)); do
    word=${COMP_WORDS[index]}
    [[ $index -lt $COMP_CWORD ]] || word=${rest#"${rest%%[![:space:]]*}"}
    if [[ ${#words[@]} -eq 0 || $rest == [[:space:]]* ]]; then
      rest=${rest#"${rest%%[![:space:]]*}"}
      words+=("$word")
    else
      words[-1]+=$word
    fi
    rest=${rest#"$word"}
  done

  local current=${words[-1]} break kept=
  case $current in
    \'* | \"*) words[-1]=${current:1} ;;
    *)
      break=${current##*[$COMP_WORDBREAKS]}
      kept=${current%"$break"}
      ;;
  esac

  local line directives=1 candidates=()
  while IFS= read -r line; do
    case $line in
      :*) directives=${line#:} ;;
      *) candidates+=("${line%%$'\t'*}") ;;
    esac
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)

  COMPREPLY=()
  if ((directives & 1)); then return; fi
  if ((directives & 2)); then compopt -o nospace 2>/dev/null; fi
  if ((directives & 4)); then compopt +o default 2>/dev/null; fi
  if ((directives & 32)); then compopt -o nosort 2>/dev/null; fi
  if ((directives & 16)); then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "${current#"$kept"}")
    return
  fi
  for word in "${candidates[@]}"; do
    word=${word#"$kept"}
    case $word in
      *[[:space:]\'\"\\\$\`\&\;\|\<\>\(\)\*\?\[]*) printf -v word %q "$word" ;;
    esac
    COMPREPLY+=("$word")
  done
}
complete -o default -F _imgops imgops
)script";

constexpr std::string_view zsh_script = R"script(#compdef imgops
# zsh completion for imgops
_imgops() {
  local -a lines candidates flags
  local line word directives=1
  lines=("${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    case $line in
      :*) directives=${line#:} ;;
      *$'\t'*) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      ?*) candidates+=("${line//:/\\:}") ;;
    esac
  done
  if (( directives & 1 )); then return 1; fi
  if (( directives & 16 )); then _path_files -/; return; fi
  if (( directives & 2 )); then flags+=(-S ''); fi
  if (( directives & 32 )); then flags+=(-V imgops); fi
  if (( ${#candidates} )); then
    _describe "${(@)flags[(r)-V]:+-V}" imgops candidates "${(@)flags:#(-V|imgops)}"
    return
  fi
  if (( ! (directives & 4) )); then _files; fi
}
if [[ $funcstack[1] == _imgops ]]; then _imgops "$@"; else compdef _imgops imgops; fi
)script";

constexpr std::string_view fish_script = R"script(# fish completion for imgops
function __imgops_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] 2>/dev/null)
    set -l directives (string replace -r '^:' '' -- $lines[-1])
    set -e lines[-1]
    if test (math "bitand($directives, 16)") -ne 0
        __fish_complete_directories (commandline -ct)
    else if test (count $lines) -eq 0; and test (math "bitand($directives, 4)") -eq 0
        __fish_complete_path (commandline -ct)
    end
    for line in $lines
        echo $line
    end
end
complete -c imgops -f -k -a '(__imgops_complete)'
)script";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script;
  if (shell == "zsh") return zsh_script;
  if (shell == "fish") return fish_script;
  throw Error(ErrorKind::invalid_argument,
              fmt::format("no script for the shell '{}'", printable(shell)),
              "there are bash, zsh and fish");
}

}  // namespace imgops::cli
