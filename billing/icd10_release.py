"""`python -m billing.icd10_release`: the ICD-10-CM release of simple_icd_10_cm as rows on standard output.

The package holds 185 MB for as long as its process lives, so it is imported here alone, in a process
that ends. One row a code, tab-separated: code without its point, text, `t` if no finer code stands below.
"""

import sys
from collections.abc import Iterator


def rows() -> Iterator[str]:
    import simple_icd_10_cm as release

    # A block of one category has its name as well: once is enough.
    for code in dict.fromkeys(release.get_all_codes(with_dots=False)):
        if release.is_category_or_subcategory(code):
            text = " ".join(release.get_description(code).split()).replace("\\", "/")
            yield f"{code}\t{text}\t{'t' if release.is_leaf(code) else 'f'}\n"


if __name__ == "__main__":
    sys.stdout.writelines(rows())
