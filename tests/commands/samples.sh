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

# multi:1 in the layout of sample_layout: an index of app:1 and of arm:1, two layers for another machine.
sample_index() {
  imgops append scratch base --chown 0:0 -m 'ADD base /' -t arm:1 --platform linux/arm64
  imgops append arm:1 toolkit:/opt/toolkit --chown 0:0 --mode 644 -m 'RUN make toolkit'
  local name digest size text type=application/vnd.oci.image
  text="{\"schemaVersion\":2,\"mediaType\":\"$type.index.v1+json\",\"manifests\":["
  for name in app:1=amd64 arm:1=arm64; do
    digest=$(imgops inspect --raw "${name%=*}" | sha256sum | cut -c1-64)
    size=$(stat -c %s "lay/blobs/sha256/$digest")
    text+="{\"mediaType\":\"$type.manifest.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size,"
    text+="\"platform\":{\"os\":\"linux\",\"architecture\":\"${name#*=}\"}},"
  done
  printf %s "${text%,}]}" > multi.json
  digest=$(sha256sum multi.json | cut -c1-64)
  cp multi.json "lay/blobs/sha256/$digest"
  text="{\"mediaType\":\"$type.index.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$(stat -c %s multi.json),"
  text+='"annotations":{"org.opencontainers.image.ref.name":"multi:1"}}'
  sed -i "s|\"manifests\":\[|&$text,|" lay/index.json
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
