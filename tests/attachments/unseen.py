#!/usr/bin/env python3
"""Writes documents on which nothing was tuned, in the form of documents.py: other layouts, other fonts. Usage: unseen.py FOLDER

They tell whether the figures of documents.py hold elsewhere. Needs what documents.py needs, and the fonts of fonts-liberation2 (metrics of Times and
Arial, in which most decisions are set).
"""

import pathlib
import sys

import documents
from documents import MARGIN
from documents import WIDTH
from documents import Sheet

FONTS = pathlib.Path("/usr/share/fonts/truetype/liberation2")
FACES = {"serif": "LiberationSerif-Regular.ttf", "bold": "LiberationSerif-Bold.ttf", "sans": "LiberationSans-Regular.ttf", "italic": "LiberationSerif-Italic.ttf"}


def roster(pdf):
    """A table of single digits."""
    sheet = Sheet(pdf)
    sheet.middle("LỊCH TRỰC ĐÊ THÁNG 9")
    rows = [["Tổ", "Người phụ trách", "Ca 1", "Ca 2", "Ca 3"]]
    names = ["Vũ Đức Thịnh", "Hoàng Thị Nhàn", "Giàng A Páo", "Trịnh Quốc Bảo", "Lê Ngọc Diễm", "Bùi Xuân Trường", "Đinh Thị Hường"]
    rows += [[str(number + 1), name, str(number * 3 % 10), str(number * 7 % 10), str(12 + number * 5)] for number, name in enumerate(names)]
    sheet.table(rows, [40, 180, 70, 70, 70], 12)
    sheet.paragraph("Người trực báo cáo mực nước lúc 7 giờ, 13 giờ và 19 giờ hằng ngày.")
    return [sheet]


def merged(pdf):
    """A table whose head has a cell over two columns."""
    sheet = Sheet(pdf)
    sheet.middle("KẾT QUẢ TRỒNG RỪNG")
    x, top, step = [MARGIN, MARGIN + 170, MARGIN + 270, MARGIN + 370], sheet.y + 16, 24
    rows = [["Địa bàn", "Diện tích (ha)", None], [None, "Kế hoạch", "Thực hiện"], ["Xã Mường Lai", "120,5", "118,0"], ["Xã Bản Khoang", "86,2", "91,7"], ["Xã Nậm Pung", "204,9", "187,3"]]
    for number, row in enumerate(rows):
        pdf.setFont("serif", 12)
        for column, cell in enumerate(row):
            if cell:
                pdf.drawString(x[column] + 6, top - step * number - 17, cell)
        sheet.lines.append(" ".join(cell for cell in row if cell))
    for number in range(len(rows) + 1):
        pdf.line(x[1] if number == 1 else x[0], top - step * number, x[3], top - step * number)
    for column, place in enumerate(x):
        pdf.line(place, top - step if column == 2 else top, place, top - step * len(rows))
    sheet.y = top - step * len(rows) - 30
    sheet.paragraph("Tỷ lệ cây sống sau một năm đạt trên 85%, cao nhất ở các lô trồng quế xen sa mộc.")
    return [sheet]


def directive(pdf):
    """A dense page in small letters."""
    sheet = Sheet(pdf)
    sheet.middle("CHỈ THỊ", "bold", 12)
    sheet.middle("Về tăng cường quản lý bến thủy nội địa", "bold", 11)
    for text in [
        "Thời gian gần đây, tại nhiều bến khách ngang sông, phương tiện hết hạn đăng kiểm vẫn chở khách, áo phao cũ rách, người lái không có chứng chỉ; một số bến hoạt động khi nước lên quá mức báo động hai.",
        "Để bảo đảm an toàn, Chủ tịch Ủy ban nhân dân tỉnh yêu cầu các địa phương rà soát toàn bộ bến trước ngày 30 tháng 6, đình chỉ ngay những bến không phép và công khai số điện thoại tiếp nhận phản ánh.",
        "Công an tỉnh bố trí lực lượng tuần tra ban đêm, xử lý nghiêm hành vi chở quá số người; Sở Xây dựng kiểm tra biển báo, đèn hiệu, cầu dẫn và bổ sung phao cứu sinh cho các bến xa trung tâm.",
        "Đoàn Thanh niên phối hợp nhà trường dạy bơi cho học sinh vùng lũ, phấn đấu đến hết hè có ít nhất bảy trong mười em lớp năm biết bơi.",
    ]:
        sheet.paragraph(text, "serif", 10)
    sheet.signature("PHÓ CHỦ TỊCH", "Nguyễn Hữu Phước", stamp=True)
    return [sheet]


def form(pdf):
    """Lines of a form in a face without serifs."""
    sheet = Sheet(pdf)
    sheet.middle("PHIẾU TIẾP NHẬN HỒ SƠ", "bold", 14)
    for text in ["Mã hồ sơ: 000.27.35-250918-0046", "Họ và tên: Phạm Thị Thùy Dương", "Số điện thoại: 0912 384 756", "Lĩnh vực: đăng ký biến động đất đai", "Ngày nhận: 18/09/2025, ngày hẹn trả: 09/10/2025", "Lệ phí: 325.000 đồng (ba trăm hai mươi lăm nghìn đồng)"]:
        sheet.line(text, "sans", 11, leading=24)
    sheet.paragraph("Khi đến nhận kết quả, mời ông/bà mang theo phiếu này và giấy tờ tùy thân.", "sans", 11)
    return [sheet]


def columns_of_news(pdf):
    """Two narrow columns."""
    sheet = Sheet(pdf)
    sheet.middle("TIN VẮN HUYỆN NHÀ")
    top, column = sheet.y - 10, (WIDTH - 2 * MARGIN - 36) / 2
    for side, text in enumerate([
        "Sáng nay, chợ đầu mối Cầu Vồng mở lại sau ba tháng sửa chữa. Mái tôn cũ được thay bằng khung thép, nền lát gạch chống trượt, khu bán cá có rãnh thoát riêng. Tiểu thương bốc thăm chỗ ngồi từ tối hôm trước.",
        "Trạm bơm Đồng Rọc vận hành đủ năm tổ máy, mỗi giờ đưa hai vạn mét khối nước lên kênh chính. Nhờ vậy, hơn sáu trăm mẫu ruộng cuối nguồn kịp gieo mạ đúng khung thời vụ, bà con rất phấn khởi.",
    ]):
        sheet.y = top
        sheet.paragraph(text, "serif", 12, MARGIN + side * (column + 36), column)
    return [sheet]


if __name__ == "__main__":
    documents.FONTS, documents.FACES = FONTS, FACES
    documents.DOCUMENTS = [roster, merged, directive, form, columns_of_news]
    documents.main(sys.argv[1], sys.argv[2:])
