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
