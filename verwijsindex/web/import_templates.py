"""Empty lists to fill in: the columns of a client file, as CSV and as a workbook.

A workbook is five small XML parts in a ZIP file (ECMA-376, part 1), so nothing
that writes whole workbooks is needed for a row of names.
"""

from __future__ import annotations

import io
import zipfile

from verwijsindex.client.client_file import TEMPLATE_COLUMNS

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_START = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same bytes each time
# Style 1 is text ("@"): a spreadsheet then leaves zeros and dates as they are typed. 2 is bold.
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">'
        '<sheets><sheet name="Cliënten" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_DOCUMENT}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}">'
        "<fonts><font/><font><b/></font></fonts>"
        '<fills><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        "<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
        '<cellXfs><xf/><xf numFmtId="49" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/></cellXfs>'
        '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    ),
}


def xlsx_template() -> bytes:
    """Return a workbook with the names of the columns, whose cells are all text."""
    names = "".join(
        f'<c t="inlineStr" s="2"><is><t>{column}</t></is></c>' for column in TEMPLATE_COLUMNS
    )
    sheet = (
        f'<worksheet xmlns="{_MAIN}">'
        f'<cols><col min="1" max="{len(TEMPLATE_COLUMNS)}" width="20" style="1"/></cols>'
        f"<sheetData><row>{names}</row></sheetData></worksheet>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in (_PARTS | {"xl/worksheets/sheet1.xml": sheet}).items():
            book.writestr(zipfile.ZipInfo(name, _LONG_AGO), _START + part)
    return packed.getvalue()
