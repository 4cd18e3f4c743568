// Among many named images the few that can be the base of one.
#pragma once

#include "libimgops/repository/revision.hpp"

#include <vector>

namespace imgops {

// Every named image of the collection, of the platform of `image`, whose layers are its lowest and
// not all of them, in the order of the index: all that find_base() can use. Most
// others are told by the cache or by their text and not read further; none of them is kept. Names
// that lead to no readable image are left out. Where the name that the image states as its
// base's leads elsewhere by now, as after a patch on top or of a part of the images, but led to the
// digest it states, that image comes behind them, as "NAME@{N}".
std::vector<NamedImage> possible_bases(const Collection& collection, const Image& image);

}  // namespace imgops
