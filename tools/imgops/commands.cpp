#include "tools/imgops/commands.hpp"

#include "tools/imgops/commands/all.hpp"

#include <algorithm>
#include <array>

namespace imgops::cli {
namespace {

constexpr auto table = std::to_array<Command>({
    {"history", "log", "history IMAGE [--reverse] [--layers] [--base IMAGE]",
     "show the steps of an image, their layers and what those hide", Group::look, declare_history,
     run_history},
    {"show", "", "show REV", "show one step whole, with the files it changed", Group::look,
     declare_show, run_show},
    {"inspect", "", "inspect IMAGE [--raw|--config|--layers|--base]",
     "show what an image says about itself", Group::look, declare_inspect, run_inspect},
    {"images", "", "images [PATTERN|PLACE] [--digests]", "list the images of a layout or archive",
     Group::look, declare_images, run_images},
    {"ls", "", "ls [-lRa] [--layer] IMAGE[:/PATH]", "list files of an image", Group::look,
     declare_ls, run_ls},
    {"cat", "", "cat IMAGE:/PATH…", "print files of an image", Group::look, declare_cat, run_cat},
    {"cp", "", "cp IMAGE:/PATH… DEST | cp IMAGE:/PATH… -o TAR", "copy files out of an image",
     Group::look, declare_cp, run_cp},
    {"find", "", "find IMAGE [--name GLOB] [--regex RE] [--larger SIZE] [--setuid] [--all-layers]",
     "find files, also hidden ones", Group::look, declare_find, run_find},
    {"blame", "", "blame IMAGE:/PATH", "tell which layers wrote or removed a path", Group::look,
     declare_blame, run_blame},
    {"diff", "",
     "diff A B | A..B | A...B | A:/PATH B:/PATH [--stat|--name-status|--content|--config]",
     "compare two images, files and configuration", Group::look, declare_diff, run_diff},
    {"du", "", "du [IMAGE…]", "tell what images cost and who shares what", Group::look, declare_du,
     run_du},
    {"waste", "", "waste IMAGE [--max-hidden SIZE] [--max-hidden-percent N] [--min-efficiency N]",
     "find bytes that are stored and never seen", Group::look, declare_waste, run_waste},
    {"init", "", "init DIR", "make an empty layout", Group::names, declare_init, run_init},
    {"tag", "", "tag REV NEW… [--config exact|replay|keep|base] [-n]",
     "name an image, or any step of one as an image of its own", Group::names, declare_tag,
     run_tag},
    {"untag", "", "untag REF…", "remove names; blobs stay", Group::names, declare_untag, run_untag},
    {"reset", "", "reset REV | REF REV", "move a name to a revision", Group::names, declare_reset,
     run_reset},
    {"reflog", "", "reflog [REF]", "tell where names have been", Group::names, declare_reflog,
     run_reflog},
    {"undo", "", "undo [--redo] [--list] [--force]", "take the last transaction back", Group::names,
     declare_undo, run_undo},
    {"rev-parse", "", "rev-parse REV… [--type] [--explain]", "tell what revisions mean",
     Group::names, declare_rev_parse, run_rev_parse},
    {"compress", "squash", "compress IMAGE|RANGE [--base IMAGE] [-t NEW] [-o IMAGE]",
     "make one layer of those above the base, or of a range", Group::rewrite, declare_compress,
     run_compress},
    {"flatten", "", "flatten IMAGE [-t NEW] [-o IMAGE]", "make one layer of the whole image",
     Group::rewrite, declare_flatten, run_flatten},
    {"rebase", "", "rebase IMAGE… --onto IMAGE [--base IMAGE] [--check] [--rewrite]",
     "move images onto another base, judging every path both sides touched", Group::rewrite,
     declare_rebase, run_rebase},
    {"append", "", "append IMAGE|scratch (TAR|DIR[:/DEST]|FILE:/DEST)… [-t NEW] [-o IMAGE]",
     "put files on top of an image as a new layer", Group::rewrite, declare_append, run_append},
    {"patch", "",
     "patch BASE (SOURCE… | --to IMAGE) [--above-base|--on-top] [--refs GLOB] [--merge] [--check]",
     "put a fix into a base and into every image built on it", Group::rewrite, declare_patch,
     run_patch},
    {"purge", "", "purge IMAGE PATH… [--all-refs] [--history-redact RE] [-t NEW] [-o IMAGE]",
     "take paths out of every layer, and prove that they are out", Group::rewrite, declare_purge,
     run_purge},
    {"config", "",
     "config IMAGE [--entrypoint JSON] [--cmd JSON] [--env K=V] [--label K=V] … [--edit]",
     "change what an image is set to run, without a layer", Group::rewrite, declare_config,
     run_config},
    {"edit", "", "edit IMAGE [--todo FILE] [--onto-scratch] [-t NEW] [-o IMAGE]",
     "reorder, squash, drop, reword and tag layers by a list", Group::rewrite, declare_edit,
     run_edit},
    {"revert", "drop", "revert REV… [--onto-scratch] [-t NEW] [-o IMAGE]",
     "take layers out of an image", Group::rewrite, declare_revert, run_revert},
    {"cherry-pick", "", "cherry-pick REV|RANGE --onto IMAGE [-t NEW] [-o IMAGE]",
     "put layers of one image on top of another", Group::rewrite, declare_cherry_pick,
     run_cherry_pick},
    {"merge", "", "merge IMAGE OTHER… [--base COMMON] [-t NEW] [-o IMAGE]",
     "make one image of several with a common beginning", Group::rewrite, declare_merge, run_merge},
    {"recompress", "",
     "recompress IMAGE --to gzip[:N]|zstd[:N]|none [--since REV] [-t NEW] [-o IMAGE]",
     "pack layers otherwise, their archives the same", Group::rewrite, declare_recompress,
     run_recompress},
    {"normalize", "", "normalize IMAGE [--epoch N] [--since REV] [--sort] [-t NEW] [-o IMAGE]",
     "take times and order of a build out of its layers", Group::rewrite, declare_normalize,
     run_normalize},
    {"factor", "", "factor IMAGE… -t BASE [--min SIZE] [--one-layer] [--ignore mtime] [-n]",
     "make a base of what images hold alike, and put them on it", Group::rewrite, declare_factor,
     run_factor},
    {"copy", "", "copy IMAGE TARGET [-a] [-n]",
     "put images into another layout or an archive, bytes as they are", Group::move, declare_copy,
     run_copy},
    {"import", "", "import FILE|- [REF]", "take images from an archive or a root file system",
     Group::move, declare_import, run_import},
    {"export", "", "export IMAGE|RANGE… [-o FILE] [--as docker-archive|oci-archive|rootfs]",
     "write images as an archive that docker, podman and skopeo read", Group::move, declare_export,
     run_export},
    {"bundle", "", "bundle create FILE OLD..NEW… | bundle verify FILE | bundle apply FILE [REF…]",
     "carry images to those who have older ones, by what they lack", Group::move, declare_bundle,
     run_bundle},
    {"fsck", "", "fsck [LAYOUT|IMAGE] [--full] [--repair]",
     "check a layout or an image, and mend what can be mended", Group::care, declare_fsck,
     run_fsck},
    {"gc", "", "gc [--grace TIME] [--reflog-expire TIME] [-n]",
     "remove what nothing in the layout needs any more", Group::care, declare_gc, run_gc},
    {"completion", "", "completion bash|zsh|fish",
     "print the script that makes a shell complete commands and images", Group::about,
     declare_completion, run_completion},
    {"help", "", "help [COMMAND] [--all]", "explain a command, or list them all", Group::about,
     declare_help, run_help},
    {"version", "", "version", "print the versions of the program and its libraries", Group::about,
     declare_version, run_version},
});

}  // namespace

std::string_view title(Group group) noexcept {
  switch (group) {
    case Group::look:
      return "look";
    case Group::names:
      return "names";
    case Group::rewrite:
      return "rewrite";
    case Group::move:
      return "move";
    case Group::care:
      return "care";
    case Group::about:
      return "about";
  }
  return "";
}

std::span<const Command> commands() noexcept {
  return table;
}

const Command* find_command(std::string_view word) noexcept {
  if (word.empty()) return nullptr;
  const auto* const found = std::ranges::find_if(table, [word](const Command& command) {
    return command.name == word || command.alias == word;
  });
  return found == table.end() ? nullptr : found;
}

}  // namespace imgops::cli
