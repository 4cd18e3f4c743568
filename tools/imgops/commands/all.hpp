// The two functions of each command: one declares its options, one runs it. The table is
// commands.cpp.
#pragma once

#include "tools/imgops/commands.hpp"
#include "tools/imgops/context.hpp"

namespace imgops::cli {

void declare_append(Declarations& declarations);
int run_append(const Options& options, Context& context);

void declare_blame(Declarations& declarations);
int run_blame(const Options& options, Context& context);

void declare_bundle(Declarations& declarations);
int run_bundle(const Options& options, Context& context);

void declare_cat(Declarations& declarations);
int run_cat(const Options& options, Context& context);

void declare_cherry_pick(Declarations& declarations);
int run_cherry_pick(const Options& options, Context& context);

void declare_completion(Declarations& declarations);
int run_completion(const Options& options, Context& context);

void declare_compress(Declarations& declarations);
int run_compress(const Options& options, Context& context);

void declare_config(Declarations& declarations);
int run_config(const Options& options, Context& context);

void declare_cp(Declarations& declarations);
int run_cp(const Options& options, Context& context);

void declare_diff(Declarations& declarations);
int run_diff(const Options& options, Context& context);

void declare_du(Declarations& declarations);
int run_du(const Options& options, Context& context);

void declare_edit(Declarations& declarations);
int run_edit(const Options& options, Context& context);

void declare_export(Declarations& declarations);
int run_export(const Options& options, Context& context);

void declare_factor(Declarations& declarations);
int run_factor(const Options& options, Context& context);

void declare_find(Declarations& declarations);
int run_find(const Options& options, Context& context);

void declare_flatten(Declarations& declarations);
int run_flatten(const Options& options, Context& context);

void declare_fsck(Declarations& declarations);
int run_fsck(const Options& options, Context& context);

void declare_gc(Declarations& declarations);
int run_gc(const Options& options, Context& context);

void declare_help(Declarations& declarations);
int run_help(const Options& options, Context& context);

void declare_history(Declarations& declarations);
int run_history(const Options& options, Context& context);

void declare_images(Declarations& declarations);
int run_images(const Options& options, Context& context);

void declare_copy(Declarations& declarations);
int run_copy(const Options& options, Context& context);
void declare_import(Declarations& declarations);
int run_import(const Options& options, Context& context);

void declare_init(Declarations& declarations);
int run_init(const Options& options, Context& context);

void declare_inspect(Declarations& declarations);
int run_inspect(const Options& options, Context& context);

void declare_ls(Declarations& declarations);
int run_ls(const Options& options, Context& context);

void declare_merge(Declarations& declarations);
int run_merge(const Options& options, Context& context);

void declare_rebase(Declarations& declarations);
int run_rebase(const Options& options, Context& context);

void declare_patch(Declarations& declarations);
int run_patch(const Options& options, Context& context);

void declare_normalize(Declarations& declarations);
int run_normalize(const Options& options, Context& context);

void declare_purge(Declarations& declarations);
int run_purge(const Options& options, Context& context);

void declare_recompress(Declarations& declarations);
int run_recompress(const Options& options, Context& context);

void declare_reflog(Declarations& declarations);
int run_reflog(const Options& options, Context& context);

void declare_reset(Declarations& declarations);
int run_reset(const Options& options, Context& context);

void declare_rev_parse(Declarations& declarations);
int run_rev_parse(const Options& options, Context& context);

void declare_revert(Declarations& declarations);
int run_revert(const Options& options, Context& context);

void declare_show(Declarations& declarations);
int run_show(const Options& options, Context& context);

void declare_tag(Declarations& declarations);
int run_tag(const Options& options, Context& context);

void declare_undo(Declarations& declarations);
int run_undo(const Options& options, Context& context);

void declare_untag(Declarations& declarations);
int run_untag(const Options& options, Context& context);

void declare_version(Declarations& declarations);
int run_version(const Options& options, Context& context);

void declare_waste(Declarations& declarations);
int run_waste(const Options& options, Context& context);

}  // namespace imgops::cli
