# Turns a table (tab-separated, # for comments) into C++ rows: ROW("first", "second", ...)
BEGIN { FS = "\t" }
/^#/ || /^$/ { next }
{
  row = ""
  for (i = 1; i <= NF; i++) {
    field = $i
    gsub(/\\/, "\\\\", field)
    gsub(/"/, "\\\"", field)
    row = row (i > 1 ? ", " : "") "\"" field "\""
  }
  print "ROW(" row ")"
}
