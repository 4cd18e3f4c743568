# Small images for transcripts, the same digests every time.

# sample_file PATH BYTES LETTER
sample_file() {
  mkdir -p "$(dirname "$1")"
  head -c "$2" /dev/zero | tr '\0' "$3" > "$1"
  touch -d @1600000000 "$1"
}

# A layout ./lay with base:1 and, above it, app:1 (a file, a copy of it with another mode, a deletion,
# a file) and other:1. The layout is selected.
sample_layout() {
  mkdir -p base/etc base/bin
  printf 'root:x:0:0:root:/root:/bin/sh\n' > base/etc/passwd
  sample_file base/bin/tool 3000 t
  sample_file base/var/cache/list 5000 l
  sample_file toolkit 20000 k
  sample_file other 400 o
  printf 'print("hello")\n' > app.py
  find base app.py -exec touch -d @1600000000 {} +
  imgops init lay
  export IMGOPS_LAYOUT=lay
  imgops append scratch base --chown 0:0 -m 'ADD base /' -t base:1 --platform linux/amd64
  imgops append base:1 toolkit:/opt/toolkit --chown 0:0 --mode 644 -m 'RUN make toolkit' -t app:1
  imgops append app:1 toolkit:/opt/toolkit --chown 0:0 --mode 755 -m 'RUN chmod 755 /opt/toolkit'
  imgops append app:1 --remove /var/cache/list -m 'RUN rm /var/cache/list'
  imgops append app:1 app.py:/srv/ --chown 0:0 --mode 644 -m 'COPY app.py /srv/app.py'
  imgops append base:1 other:/opt/other --chown 0:0 --mode 644 -m 'COPY other /opt/other' -t other:1
} > sample.log 2>&1

# made:1 in the selected layout: two layers and eight steps of BuildKit's, the last of which set what
# earlier ones set too. It has a trigger that no step tells of.
sample_history() {
  local number text ids=()
  for number in 1 2; do
    sample_file "made/file$number" 100 "$number"
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1600000000 --mode=644 \
      -cf "layer$number.tar" -C made "file$number"
    ids+=("\"sha256:$(sha256sum "layer$number.tar" | cut -c1-64)\"")
  done
  text='{"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:07Z",
"config":{"Env":["PATH=/opt/bin:/bin","A=last words","B=1"],"Cmd":["serve"],"User":"1000",
"Labels":{"note":"kept"},"OnBuild":["RUN more"]},
"rootfs":{"type":"layers","diff_ids":['"${ids[0]},${ids[1]}"']},
"history":['
  made_step() {
    text+="{\"created\":\"2024-01-01T00:00:0$1Z\",\"created_by\":\"$2\",\"comment\":\"buildkit.dockerfile.v0\"$3}"
  }
  local none=',"empty_layer":true'
  made_step 1 'COPY root / # buildkit' ''
  text+=,; made_step 2 'ENV A=first words B=1' "$none"
  text+=,; made_step 3 'CMD [\"sh\" \"-c\" \"echo hello\"]' "$none"
  text+=,; made_step 4 'RUN /bin/sh -c make # buildkit' ''
  text+=,; made_step 5 'USER nobody' "$none"
  text+=,; made_step 6 'ENV PATH=/opt/bin:/bin A=last words' "$none"
  text+=,; made_step 7 'USER 1000' "$none"
  text+=,; made_step 8 'CMD [\"serve\"]' "$none"
  text+=']}'
  printf %s "$text" > config.json
  local name
  name=$(sha256sum config.json | cut -c1-64).json
  mv config.json "$name"
  printf '[{"Config":"%s","RepoTags":["made:1"],"Layers":["layer1.tar","layer2.tar"]}]' "$name" \
    > manifest.json
  tar -cf made.tar manifest.json "$name" layer1.tar layer2.tar
  imgops import made.tar
} > sample.log 2>&1

# make_index NAME REF=OS/ARCHITECTURE…: an index of these images in ./lay. A platform unknown/unknown is an
# attestation about the image before it, as buildx lists it.
make_index() {
  local name=$1 digest size text about= type=application/vnd.oci.image
  shift
  text="{\"schemaVersion\":2,\"mediaType\":\"$type.index.v1+json\",\"manifests\":["
  for entry in "$@"; do
    digest=$(imgops inspect --raw "${entry%=*}" | sha256sum | cut -c1-64)
    size=$(stat -c %s "lay/blobs/sha256/$digest")
    text+="{\"mediaType\":\"$type.manifest.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size,"
    if [ "${entry#*=}" = unknown/unknown ]; then
      text+="\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\","
      text+="\"vnd.docker.reference.digest\":\"sha256:$about\"},"
    fi
    about=$digest
    entry=${entry#*=}
    text+="\"platform\":{\"os\":\"${entry%/*}\",\"architecture\":\"${entry#*/}\"}},"
  done
  printf %s "${text%,}]}" > index.made
  digest=$(sha256sum index.made | cut -c1-64)
  cp index.made "lay/blobs/sha256/$digest"
  text="{\"mediaType\":\"$type.index.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$(stat -c %s index.made),"
  text+="\"annotations\":{\"org.opencontainers.image.ref.name\":\"$name\"}}"
  sed -i "s|\"manifests\":\[|&$text,|" lay/index.json
}

# multi:1 in the layout of sample_layout: an index of app:1 and of arm:1, two layers for another machine.
sample_index() {
  imgops append scratch base --chown 0:0 -m 'ADD base /' -t arm:1 --platform linux/arm64
  imgops append arm:1 toolkit:/opt/toolkit --chown 0:0 --mode 644 -m 'RUN make toolkit'
  make_index multi:1 app:1=linux/amd64 arm:1=linux/arm64
} > sample.log 2>&1

# Two versions of a base, debian:1 and debian:2, and images on the old one: app:1, which has a copy of a
# file that the new base changes and an account of its own, and odd:1, which changed that file itself.
sample_bases() {
  local version
  imgops init lay
  export IMGOPS_LAYOUT=lay
  for version in 1 2; do
    mkdir -p "base$version/etc" "base$version/bin" "base$version/usr/lib"
    printf 'root:x:0:0:root:/root:/bin/sh\n' > "base$version/etc/passwd"
    printf 'library %s\n' "$version" > "base$version/usr/lib/library"
    printf 'tool %s\n' "$version" > "base$version/bin/tool"
    printf 'release %s\n' "$version" > "base$version/etc/release"
  done
  printf 'news:x:9:9:news:/var/news:/bin/false\n' >> base2/etc/passwd
  mkdir -p app/etc app/usr/lib app/srv
  printf 'root:x:0:0:root:/root:/bin/sh\napp:x:100:100:app:/srv:/bin/sh\n' > app/etc/passwd
  printf 'library 1\n' > app/usr/lib/library
  printf 'print("hello")\n' > app/srv/app.py
  mkdir -p odd/bin
  printf 'tool of ours\n' > odd/bin/tool
  find base1 base2 app odd -exec touch -d @1600000000 {} +
  for version in 1 2; do
    imgops append scratch "base$version" --chown 0:0 -m "ADD base$version /" -t "debian:$version" \
      --platform linux/amd64
  done
  imgops config debian:2 --env MODE=new --label version=2
  imgops append debian:1 app --chown 0:0 -m 'COPY app /' -t app:1
  imgops config app:1 --entrypoint '["/srv/app.py"]'
  imgops append debian:1 odd --chown 0:0 -m 'COPY odd /' -t odd:1
  imgops config odd:1 --env MODE=odd
} > sample.log 2>&1

# In the layout of sample_bases: bare:1 with a package that packaged:1 needs, bare:2 without it.
sample_packages() {
  local names name version=0
  for names in library library,app other; do
    version=$((version + 1))
    mkdir -p "packages$version/var/lib/dpkg"
    for name in ${names//,/ }; do
      printf 'Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n' "$name"
      [ "$name" = app ] && echo 'Depends: library (>= 1)'
      printf 'Description: sample\n\n'
    done > "packages$version/var/lib/dpkg/status"
  done
  find packages? -exec touch -d @1600000000 {} +
  imgops append scratch packages1 --chown 0:0 -m 'ADD one /' -t bare:1 --platform linux/amd64
  imgops append scratch packages3 --chown 0:0 -m 'ADD two /' -t bare:2 --platform linux/amd64
  imgops append bare:1 packages2 --chown 0:0 -m 'RUN install app' -t packaged:1
} > sample.log 2>&1

# sample_deb NAME VERSION ROOT [FIELD…]: NAME_VERSION_amd64.deb of the files below ROOT, made without
# dpkg. What is in ROOT.control goes into its control part: scripts, conffiles, triggers.
sample_deb() {
  local name=$1 version=$2 root=$3 parts
  parts=$(mktemp -d)
  mkdir -p "$root.control" "$parts/control"
  cp "$root.control"/* "$parts/control" 2> /dev/null
  (cd "$root" && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -r md5sum) > "$parts/control/md5sums"
  {
    printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$name" "$version" "${sample_architecture:-amd64}"
    printf 'Maintainer: Samples <samples@example.org>\n'
    printf '%s\n' "${@:4}" 'Description: a sample'
  } > "$parts/control/control"
  find "$root" "$parts/control" -exec touch -h -d @1600000000 {} +
  local options=(--sort=name --owner=0 --group=0 --numeric-owner --format=ustar)
  tar "${options[@]}" -C "$parts/control" -cf "$parts/control.tar" .
  tar "${options[@]}" -C "$root" -cf "$parts/data.tar" .
  printf '2.0\n' > "$parts/debian-binary"
  {
    printf '!<arch>\n'
    local part size
    for part in debian-binary control.tar data.tar; do
      size=$(stat -c %s "$parts/$part")
      printf '%-16s%-12s%-6s%-6s%-8s%-10s`\n' "$part" 1600000000 0 0 100644 "$size"
      cat "$parts/$part"
      if [ $((size % 2)) = 1 ]; then printf '\n'; fi
    done
  } > "${name}_${version}_${sample_architecture:-amd64}.deb"
  rm -r "$parts"
}

# sample_raw IMAGE TAR NAME: IMAGE with TAR, as it is, as one more layer.
sample_raw() {
  local configuration digest
  rm -rf raw && mkdir raw
  imgops export "$1" -q -o raw.tar && tar -xf raw.tar -C raw && rm raw.tar
  configuration=$(grep -o '"Config":"[^"]*' raw/manifest.json | cut -d'"' -f4)
  digest=$(sha256sum < "$2" | cut -d' ' -f1)
  cp "$2" raw/own.tar
  sed -e "s/\(\"diff_ids\":\[[^]]*\)\]/\1,\"sha256:$digest\"]/" \
    -e 's/\("history":\[[^]]*\)\]/\1,{"created_by":"RUN something"}]/' \
    "raw/$configuration" > raw/own.json
  sed -e 's/\("Layers":\[[^]]*\)\]/\1,"own.tar"]/' -e "s|\"RepoTags\":\[[^]]*\]|\"RepoTags\":[\"$3\"]|" \
    -e 's/"Config":"[^"]*"/"Config":"own.json"/' raw/manifest.json > raw/made.json
  mv raw/made.json raw/manifest.json
  tar -cf raw.tar -C raw manifest.json own.json own.tar blobs
  imgops import raw.tar
  rm -r raw raw.tar
} > sample.log 2>&1


# A layout ./lay with debian:12, which has libsecret1 1.0-1 and a package it serves, three images on
# it, and packages to patch it with.
sample_patch() {
  mkdir -p base/usr/lib base/usr/share/doc/libsecret1 base/etc base/var/lib/dpkg/info
  ln -s usr/lib base/lib
  echo 'library 1.0-1' > base/usr/lib/libsecret.so.1
  echo 'only in the old one' > base/usr/lib/libsecret-old.so
  echo 'changes of 1.0-1' > base/usr/share/doc/libsecret1/changelog
  echo 'setting = 1' > base/etc/secret.conf
  local sum
  sum=$(md5sum < base/etc/secret.conf | cut -c1-32)
  cat > base/var/lib/dpkg/status <<END
Package: libsecret1
Status: install ok installed
Maintainer: Samples <samples@example.org>
Architecture: amd64
Version: 1.0-1
Conffiles:
 /etc/secret.conf $sum
Description: a sample

Package: user
Status: install ok installed
Maintainer: Samples <samples@example.org>
Architecture: amd64
Version: 3
Depends: libsecret1 (>= 1.0)
Description: a sample
END
  printf '%s\n' /. /etc /etc/secret.conf /usr /usr/lib /usr/lib/libsecret.so.1 \
    /usr/lib/libsecret-old.so /usr/share /usr/share/doc /usr/share/doc/libsecret1 \
    /usr/share/doc/libsecret1/changelog > base/var/lib/dpkg/info/libsecret1.list
  (cd base && md5sum usr/lib/libsecret* usr/share/doc/libsecret1/changelog) \
    > base/var/lib/dpkg/info/libsecret1.md5sums
  echo /etc/secret.conf > base/var/lib/dpkg/info/libsecret1.conffiles
  find base -exec touch -h -d @1600000000 {} +
  imgops init lay
  export IMGOPS_LAYOUT=lay
  imgops append scratch base --chown 0:0 -m 'ADD base /' -t debian:12 --platform linux/amd64

  cp -r base/var/lib/dpkg/status status
  printf '\nPackage: tool\nStatus: install ok installed\nMaintainer: Samples <samples@example.org>\nArchitecture: amd64\nVersion: 7\nDescription: a sample\n' >> status
  echo tool > tool
  echo 'library of our own' > libsecret.so.1
  touch -d @1600000000 status tool libsecret.so.1
  imgops append debian:12 status:/var/lib/dpkg/status tool:/usr/bin/tool --chown 0:0 \
    -m 'RUN apt-get install -y tool' -t app:1
  imgops append debian:12 tool:/srv/app --chown 0:0 -m 'COPY app /srv/' -t app:2
  imgops append debian:12 libsecret.so.1:/usr/lib/ --chown 0:0 -m 'COPY libsecret.so.1 /usr/lib/' \
    -t app:3
  imgops append scratch tool:/tool --chown 0:0 -t stranger:1 --platform linux/amd64

  mkdir -p new/usr/lib new/etc new/usr/share/doc/libsecret1 new.control
  echo 'library 1.0-2' > new/usr/lib/libsecret.so.1
  echo 'changes of 1.0-2' > new/usr/share/doc/libsecret1/changelog
  echo 'setting = 2' > new/etc/secret.conf
  echo /etc/secret.conf > new.control/conffiles
  echo 'activate-noawait ldconfig' > new.control/triggers
  printf '#!/bin/sh\nset -e\nsystemctl daemon-reload\n' > new.control/postinst
  chmod 755 new.control/postinst
  sample_deb libsecret1 1.0-2 new
  mkdir -p plain/usr/lib
  echo 'library 0.9' > plain/usr/lib/libsecret.so.1
  sample_deb libsecret1 0.9-1 plain
  sample_deb absent 1 plain
  sample_deb libsecret1 1.0-3 plain 'Depends: nowhere (>= 2)'
  sample_architecture=arm64 sample_deb libsecret1 1.0-2 plain
} > sample.log 2>&1

# After sample_patch: what it has of amd64 also for arm64, as debian:multi, and app:multi and own:multi on
# it, the latter with a package of its own.
sample_patch_platforms() {
  local root name
  sed -i 's/^Architecture: amd64/Architecture: arm64/' base/var/lib/dpkg/status status
  touch -d @1600000000 base/var/lib/dpkg/status status
  imgops append scratch base --chown 0:0 -m 'ADD base /' -t arm:12 --platform linux/arm64
  imgops append arm:12 tool:/srv/app --chown 0:0 -m 'COPY app /srv/' -t arm:2
  imgops append arm:12 status:/var/lib/dpkg/status tool:/usr/bin/tool --chown 0:0 \
    -m 'RUN apt-get install -y tool' -t arm:1
  make_index debian:multi debian:12=linux/amd64 arm:12=linux/arm64
  make_index app:multi app:2=linux/amd64 arm:2=linux/arm64
  make_index own:multi app:1=linux/amd64 arm:1=linux/arm64
  imgops untag debian:12 arm:12 app:1 app:2 app:3 arm:1 arm:2 stranger:1
} > sample.log 2>&1

# fleet_package NAME VERSION: its paragraph of the database.
fleet_package() {
  printf 'Package: %s\nStatus: install ok installed\nMaintainer: Samples <samples@example.org>\n' "$1"
  printf 'Architecture: amd64\nVersion: %s\nDescription: a sample\n\n' "$2"
}

# fleet_file PATH LINES: text that hardly compresses, the same every time.
fleet_file() {
  mkdir -p "$(dirname "$1")"
  awk -v lines="$2" 'BEGIN { x = lines; for (n = 0; n < lines * 16; n++) {
    x = (x * 16807) % 2147483647; printf "%c%s", 35 + x % 90, n % 64 == 63 ? "\n" : "" } }' > "$1"
}

# A layout ./lay with debian:12, which has libssl3 and openssl, and two hundred images on it, app-001:1 to
# app-200:1. Five have something of their own where the base has a file of these packages: two installed
# another package (017, 088), one brings a library (042), one changed the owner of all libraries (113), one
# installed another version (171). And packages with a fix.
sample_fleet() {
  local directory=usr/lib/x86_64-linux-gnu info=var/lib/dpkg/info version number name
  local old=3.0.20-1~deb12u2
  for version in $old 3.0.22-1~deb12u2; do
    mkdir -p "libssl3-$version/$directory" "openssl-$version/usr/bin"
    fleet_file "libssl3-$version/$directory/libssl.so.3" 1000
    fleet_file "libssl3-$version/$directory/libcrypto.so.3" 3000
    for name in libssl libcrypto; do
      echo "OpenSSL $version" >> "libssl3-$version/$directory/$name.so.3"
    done
    echo "openssl $version" > "openssl-$version/usr/bin/openssl"
  done
  mkdir -p base/$info base/etc
  echo 12.11 > base/etc/debian_version
  fleet_file base/usr/bin/perl 30000
  for name in libssl3 openssl; do
    cp -r "$name-$old/usr" base/
    (cd "$name-$old" && find usr -type f | sort | xargs md5sum) > "base/$info/$name.md5sums"
    (echo /. && cd "$name-$old" && find usr | sort | sed 's|^|/|') > "base/$info/$name.list"
    fleet_package $name $old
  done > base/var/lib/dpkg/status
  find base -exec touch -h -d @1600000000 {} +
  imgops init lay
  export IMGOPS_LAYOUT=lay
  imgops append scratch base --chown 0:0 -m 'ADD base /' -t debian:12 --platform linux/amd64
  for number in $(seq -w 1 200); do
    mkdir -p srv && echo "application $number" > srv/app
    touch -d @1600000000 srv/app
    imgops append debian:12 srv/app:/srv/app --chown 0:0 -m 'COPY app /srv/' -t "app-$number:1"
  done
  mkdir -p own/var/lib/dpkg
  for number in 017 088; do
    { cat base/var/lib/dpkg/status; fleet_package "tool-$number" 1.0; } > own/var/lib/dpkg/status
    fleet_append "RUN apt-get install -y tool-$number"
  done
  mkdir -p own/$directory
  number=042
  echo 'built by the team' > own/$directory/libssl.so.3
  fleet_append 'COPY vendor/libssl.so.3 /usr/lib/x86_64-linux-gnu/'
  number=113
  rm -r own && mkdir -p own/usr && cp -r base/usr/lib own/usr/
  sample_owner=33:33 fleet_append 'RUN chown -R www-data /usr/lib'
  number=171
  mkdir -p own/$directory own/var/lib/dpkg
  sed 's/^Version: .*/Version: 3.0.21-0team1/' base/var/lib/dpkg/status > own/var/lib/dpkg/status
  for name in libssl libcrypto; do echo 'OpenSSL 3.0.21-0team1' > "own/$directory/$name.so.3"; done
  fleet_append 'RUN apt-get install -y libssl3=3.0.21-0team1'
  for name in libssl3 openssl; do
    if [ $name = libssl3 ]; then
      mkdir libssl3-3.0.22-1~deb12u2.control
      echo 'activate-noawait ldconfig' > libssl3-3.0.22-1~deb12u2.control/triggers
    fi
    sample_deb $name 3.0.22-1~deb12u2 "$name-3.0.22-1~deb12u2"
  done
} > sample.log 2>&1

# fleet_append INSTRUCTION: own/ as a further layer of app-$number:1; own/ is gone then.
fleet_append() {
  find own -exec touch -h -d @1600000000 {} +
  imgops append "app-$number:1" own --chown "${sample_owner:-0:0}" -m "$1"
  rm -r own
  mkdir -p own/var/lib/dpkg
}

# In the layout of sample_bases: indexes of two platforms, old:multi and new:multi, and app:multi on the old
# one with an attestation.
sample_platforms() {
  local version
  for version in 1 2; do
    imgops append scratch "base$version" --chown 0:0 -m "ADD base$version /" -t "arm:$version" \
      --platform linux/arm64
  done
  imgops append arm:1 app --chown 0:0 -m 'COPY app /' -t armapp:1
  imgops append debian:1 app --chown 0:0 -m 'COPY app /' -t amdapp:1
  make_index old:multi debian:1=linux/amd64 arm:1=linux/arm64
  make_index new:multi debian:2=linux/amd64 arm:2=linux/arm64
  make_index app:multi amdapp:1=linux/amd64 arm:1=unknown/unknown armapp:1=linux/arm64
} > sample.log 2>&1
