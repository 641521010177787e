#!/bin/sh
# SPDX-License-Identifier: MIT
# run_report_chromium.sh MAKE_REPORT: the page in a browser.  Its own self-test
# sorts a column, filters the gallery and opens a picture; nothing may appear on
# the console.  77 without chromium.
set -eu
make_report=$1

for browser in chromium chromium-browser google-chrome; do
    command -v "$browser" >/dev/null && break
    browser=
done
if [ -z "$browser" ]; then
    echo 'skipped: chromium is not installed'
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

cat >"$work/a.json" <<'END'
{"images":[{"id":1,"width":200,"height":100,"file_name":"1.jpg"},
           {"id":2,"width":200,"height":100,"file_name":"../2.jpg"}],
 "categories":[{"id":1,"name":"</script><script>alert(1)</script>"},
               {"id":2,"name":"cat & \"dog\""},{"id":3,"name":"none"}],
 "annotations":[
  {"id":1,"image_id":1,"category_id":1,"area":1600,"iscrowd":0,
   "bbox":[0,0,40,40],"segmentation":[[0,0,40,0,40,40,0,40]]},
  {"id":2,"image_id":2,"category_id":2,"area":1600,"iscrowd":0,
   "bbox":[0,0,40,40],"segmentation":[[0,0,40,0,40,40,0,40]]}]}
END
cat >"$work/first.json" <<'END'
[{"image_id":1,"category_id":1,"score":0.9,"bbox":[0,0,40,40]},
 {"image_id":1,"category_id":2,"score":0.8,"bbox":[2,0,40,40]},
 {"image_id":1,"category_id":1,"score":0.7,"bbox":[120,0,40,40]}]
END
cat >"$work/second.json" <<'END'
[{"image_id":1,"category_id":1,"score":0.5,"bbox":[10,10,40,40]}]
END
echo '[]' >"$work/empty.json"

# look NAME ARGUMENTS...
look()
{
    name=$1
    shift
    "$make_report" "$@"
    timeout 300 "$browser" --headless --no-sandbox --disable-gpu \
        --disable-dev-shm-usage --user-data-dir="$work/profile" \
        --window-size=400,900 --enable-logging=stderr \
        --virtual-time-budget=10000 --dump-dom \
        "file://$work/page/index.html#selftest" \
        >"$work/dom" 2>"$work/log" || {
        echo "$name: the browser fails"
        cat "$work/log"
        exit 1
    }
    title=$(sed -n 's|.*<title>\([^<]*\)</title>.*|\1|p' "$work/dom" | head -n 1)
    echo "$name: $title"
    if ! expr "$title" : 'selftest passed' >/dev/null; then
        cat "$work/log"
        exit 1
    fi
    if grep 'CONSOLE' "$work/log"; then
        echo "$name: the console is not empty"
        exit 1
    fi
}

look boxes bbox "$work/a.json" "$work/first.json" "$work/page"
look masks segm "$work/a.json" "$work/first.json" "$work/page" "$work"
look compared bbox "$work/a.json" "$work/first.json" "$work/page" - \
    "$work/second.json"
look empty bbox "$work/a.json" "$work/empty.json" "$work/page"
